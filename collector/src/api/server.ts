/**
 * The HTTP side of the collector: API, stream, metrics, dashboard. It listens on loopback, since there is no login yet, and refuses what a
 * page of another site could make a browser send.
 */
import { type Address, AppError, type Clock, type Logger, systemErrorCode } from "@nodekeeper/shared";
import type { StreamQuery } from "@nodekeeper/shared/api";
import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import type { Findings } from "../evaluate/findings.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Store } from "../store/store.ts";
import { type ApiMetrics, createApiMetrics } from "./api-metrics.ts";
import { createApp } from "./app.ts";
import { createFleet } from "./fleet/fleet.ts";
import { loopbackAuthorities, requireLoopback } from "./guard/loopback.ts";
import { createLive, defaultLiveLimits, type LiveLimits } from "./live/live.ts";
import { createUpgradeHandler, streamPath } from "./live/upgrade-handler.ts";
import { operationOf } from "./openapi/operation.ts";
import { validationError } from "./problem/validation.ts";
import type { Readiness } from "./route.ts";
import { stream } from "./routes/stream.ts";

/** What the server is made of. */
export interface ApiServerOptions {
  /** A loopback address; port 0 takes any that is free. */
  readonly listen: Address;
  readonly state: StateHolder;
  readonly findings: Findings;
  readonly store: Pick<Store, "listFindings" | "listChanges" | "history">;
  readonly metrics: Registry;
  readonly readiness: Readiness;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Folder of the built dashboard; it need not be there yet. */
  readonly dashboardDir: string;
  /** Folder of errors.md, to which problems link; without it the links lead nowhere, and nothing else is lost. */
  readonly docsDir: string;
  readonly limits?: Partial<LiveLimits>;
}

/** The server, listening. Disposed, it lets answers that are under way end. */
export interface ApiServer extends AsyncDisposable {
  readonly address: Address;
  /** e.g. http://127.0.0.1:7060 */
  readonly url: string;
}

/** Connections at the same time, of requests and of the stream. */
const maximumConnections = 1024;
/** Answers under way at the end get so long. */
const closeTimeoutMs = 3000;

/** Starts the server. Throws ADDRESS_IN_USE or CONFIG_INVALID. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { listen, state, findings, store, metrics, readiness, logger, clock, dashboardDir, docsDir } = options;
  requireLoopback(listen.host);
  const fleet = createFleet({ state, findings, clock });
  let authorities = loopbackAuthorities(listen.host, listen.port);
  const numbers: ApiMetrics = createApiMetrics(metrics, () => live.clientCount);
  const app = await createApp({
    context: { state, findings, store, fleet, metrics, readiness, clock },
    logger,
    dashboardDir,
    docsDir,
    authorities: () => authorities,
    onAnswered: numbers.requestAnswered,
  });
  const limits = { ...defaultLiveLimits, ...options.limits };
  const live = createLive({ fleet, state, findings, clock, logger, limits, onSent: numbers.messageSent });
  app.server.maxConnections = maximumConnections;
  app.server.on("upgrade", createUpgradeHandler({ live, authorities: () => authorities, readQuery: streamQueryReader(app) }));
  try {
    const port = await listenOn(app, listen);
    authorities = loopbackAuthorities(listen.host, port);
    return {
      address: { host: listen.host, port },
      url: `http://${listen.host.includes(":") ? `[${listen.host}]` : listen.host}:${port}`,
      [Symbol.asyncDispose]: close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }

  async function close(): Promise<void> {
    await live[Symbol.asyncDispose]();
    fleet[Symbol.dispose]();
    const done = new AbortController();
    const patience = clock.sleep(closeTimeoutMs, done.signal).then(
      () => app.server.closeAllConnections(),
      () => undefined, // closed in time
    );
    await app.close();
    done.abort();
    await patience;
  }
}

async function listenOn(app: FastifyInstance, { host, port }: Address): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw listenError(cause, `the API cannot listen on ${host}:${port}`);
  }
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function listenError(cause: unknown, attempt: string): AppError {
  switch (systemErrorCode(cause)) {
    case "EADDRINUSE": {
      const advice = "End the other program, or give the collector another port.";
      return new AppError("ADDRESS_IN_USE", `${attempt}: another program does. ${advice}`, { cause });
    }
    case "EACCES":
      return new AppError("CONFIG_INVALID", `${attempt}: ports below 1024 are for root. Take a higher one.`, { cause });
    case "EADDRNOTAVAIL":
      return new AppError("CONFIG_INVALID", `${attempt}: this machine does not have that address.`, { cause });
    default:
      return AppError.from(cause);
  }
}

/** The stream's query passes through the same validator as those of all routes. */
function streamQueryReader(app: FastifyInstance): (query: Record<string, unknown>) => StreamQuery {
  const schema = operationOf(stream).querystring;
  const validate = app.validatorCompiler?.({ schema, method: "GET", url: streamPath, httpPart: "querystring" });
  return (query) => {
    if (validate?.(query) === true) return query as StreamQuery; // as the validator says
    throw validationError(validate && "errors" in validate ? (validate.errors ?? []) : [], "querystring");
  };
}
