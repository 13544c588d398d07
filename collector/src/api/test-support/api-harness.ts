/** An API server on a real socket with the real state holder, for tests. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, createLogger, type Logger, systemClock } from "@nodekeeper/shared";
import { Registry } from "prom-client";
import { createStateHolder, type StateHolder } from "../../state/holder.ts";
import type { LiveLimits } from "../live/live.ts";
import { type ApiServer, createApiServer } from "../server.ts";
import { FakeFindings } from "./fake-findings.ts";
import { FakeHistory } from "./fake-history.ts";

/** What a test may choose. */
export interface HarnessOptions {
  readonly clock?: Clock;
  readonly host?: string;
  /** Default: any that is free. */
  readonly port?: number;
  readonly limits?: Partial<LiveLimits>;
  readonly dashboardDir?: string;
  readonly docsDir?: string;
  readonly logger?: Logger;
  readonly reasons?: readonly string[];
}

/** The server and everything under it. */
export interface ApiHarness extends AsyncDisposable {
  readonly server: ApiServer;
  readonly state: StateHolder;
  readonly findings: FakeFindings;
  readonly store: FakeHistory;
  /** GET, with the body as text. */
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; text: string }>;
  /** GET of a body that the caller knows. */
  json<Body>(path: string): Promise<Body>;
}

/** Starts a server for a test. */
export async function startApi(options: HarnessOptions = {}): Promise<ApiHarness> {
  const state = createStateHolder([]);
  const findings = new FakeFindings();
  const store = new FakeHistory();
  const server = await createApiServer({
    listen: { host: options.host ?? "127.0.0.1", port: options.port ?? 0 },
    state,
    findings,
    store,
    metrics: new Registry(),
    readiness: async () => options.reasons ?? [],
    logger: options.logger ?? createLogger("test", "silent"),
    clock: options.clock ?? systemClock,
    dashboardDir: options.dashboardDir ?? join(tmpdir(), "nodekeeper-no-dashboard"),
    docsDir: options.docsDir ?? join(tmpdir(), "nodekeeper-no-docs"),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    server,
    state,
    findings,
    store,
    get,
    async json<Body>(path: string) {
      const { status, text } = await get(path);
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
      return JSON.parse(text) as Body;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
