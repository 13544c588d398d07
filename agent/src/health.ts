/** The agent's own small HTTP server, on loopback: /healthz, /readyz and /metrics. It answers nothing else and takes no bodies. */
import { createServer, type Server } from "node:http";
import { type Address, AppError, systemErrorCode } from "@nodekeeper/shared";

/** What is asked of the agent. */
export interface HealthSource {
  /** What keeps the agent from being ready, in words; empty when it is. */
  readiness(): readonly string[];
  /** Prometheus text exposition. */
  metrics(): string;
}

/** Listens; throws ADDRESS_IN_USE with what to do. */
export async function serveHealth(address: Address, source: HealthSource): Promise<AsyncDisposable> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 4_096 }, (request, response) => {
    const { status, type, body } = answer(request.method ?? "", request.url ?? "", source);
    response.writeHead(status, { "content-type": type, "cache-control": "no-store", connection: "close" });
    response.end(request.method === "HEAD" ? undefined : body);
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

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function answer(method: string, url: string, source: HealthSource): Answer {
  if (method !== "GET" && method !== "HEAD") return text(405, "only GET and HEAD are answered here\n");
  switch (url.split("?")[0]) {
    case "/healthz":
      return text(200, "ok\n"); // that it answers is the fact
    case "/readyz": {
      const problems = source.readiness();
      return problems.length === 0 ? text(200, "ready\n") : text(503, `${problems.join("\n")}\n`);
    }
    case "/metrics":
      return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: source.metrics() };
    default:
      return text(404, "there are /healthz, /readyz and /metrics\n");
  }
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
