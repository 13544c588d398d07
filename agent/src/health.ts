/** The agent's own small HTTP server, on loopback: /healthz, /readyz and /metrics. It answers nothing else and takes no bodies. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Address, AppError, systemErrorCode } from "@nodekeeper/shared";
import { type Metric, processMetrics, renderMetrics } from "./metrics.ts";

/** What is asked of the agent. */
export interface HealthSource {
  /** What is stuck in the agent itself, in words, so that only a restart helps; empty while it lives. */
  liveness(): readonly string[];
  /** What keeps the agent from being ready, in words; empty when it is. */
  readiness(): readonly string[];
  metrics(): readonly Metric[];
}

/** Listens; throws ADDRESS_IN_USE with what to do. */
export async function serveHealth(address: Address, source: HealthSource): Promise<AsyncDisposable> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 4_096 }, (request, response) => {
    respond(request, response, source).catch(() => response.destroy()); // nobody is there any more to be told
  });
  await listen(server, address);
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, source: HealthSource): Promise<void> {
  const { status, type, body } = await answer(request.method ?? "", request.url ?? "", source);
  response.writeHead(status, { "content-type": type, "cache-control": "no-store", connection: "close" });
  response.end(request.method === "HEAD" ? undefined : body);
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answer(method: string, url: string, source: HealthSource): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return text(405, "only GET and HEAD are answered here\n");
  switch (url.split("?")[0]) {
    case "/healthz":
      return verdict(source.liveness(), "ok"); // that it answers at all says that the event loop turns
    case "/readyz":
      return verdict(source.readiness(), "ready");
    case "/metrics":
      return {
        status: 200,
        type: "text/plain; version=0.0.4; charset=utf-8",
        body: renderMetrics([...(await processMetrics()), ...source.metrics()]),
      };
    default:
      return text(404, "there are /healthz, /readyz and /metrics\n");
  }
}

function verdict(problems: readonly string[], good: string): Answer {
  return problems.length === 0 ? text(200, `${good}\n`) : text(503, `${problems.join("\n")}\n`);
}

function text(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body };
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, resolve);
    });
  } catch (cause) {
    if (systemErrorCode(cause) !== "EADDRINUSE") throw AppError.from(cause);
    const message = `${host}:${port} is in use by another program: stop it, or choose another address with --health-listen`;
    throw new AppError("ADDRESS_IN_USE", message, { cause });
  }
}
