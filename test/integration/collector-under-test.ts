/** A whole collector on real sockets, over a store that a test can make slow or full. */
import { type Address, type Clock, createLogger, type Logger, systemClock } from "@nodekeeper/shared";
import type { Finding, NodeDetail } from "@nodekeeper/shared/api";
import { type Collector, type CollectorDependencies, startCollector } from "../../collector/src/collector.ts";
import { readConfig } from "../../collector/src/config.ts";
import type { IngestLimits } from "../../collector/src/ingest/server.ts";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";

/** The collector and how to look into it. */
export interface CollectorUnderTest extends Collector {
  readonly grpcAddress: Address;
  readonly store: FakeStore;
  node(name: string): Promise<NodeDetail>;
  findings(): Promise<readonly Finding[]>;
  /** Value of a metric, with its labels as they are written; 0 when it is not there. */
  metric(line: string): Promise<number>;
  /** Status of /readyz and what it says. */
  ready(): Promise<{ readonly status: number; readonly text: string }>;
}

/** What a test may choose. */
export interface CollectorTestOptions {
  readonly store?: FakeStore;
  /** In place of `store`: a real one, say. */
  readonly openStore?: CollectorDependencies["openStore"];
  /** Settings beside those of a collector on loopback without a folder. */
  readonly args?: readonly string[];
  readonly clock?: Clock;
  /** Default: one that says nothing. */
  readonly logger?: Logger;
  readonly limits?: Partial<IngestLimits>;
  /** Ends a start that waits. */
  readonly signal?: AbortSignal;
}

/** Starts a collector for a test. */
export async function aCollector(options: CollectorTestOptions = {}): Promise<CollectorUnderTest> {
  const store = options.store ?? new FakeStore();
  const doors = ["--listen=127.0.0.1:0", "--grpc-listen=127.0.0.1:0", "--admin-socket=none", "--kubernetes=off"];
  const collector = await startCollector(
    readConfig({ args: [...doors, "--data-dir=/nowhere", "--log-level=silent", ...(options.args ?? [])], env: {} }),
    {
      openStore: options.openStore ?? (async () => store),
      dashboardDir: "/nowhere",
      docsDir: "/nowhere",
      clock: options.clock ?? systemClock,
      random: () => 0.5,
      logger: options.logger ?? createLogger("test", "silent"),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      limits: { gatherMs: 0, ...options.limits }, // a clock that a test moves would make commits wait for it
    },
  );
  const get = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(`${collector.url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const body = async (path: string): Promise<unknown> => {
    const { status, text } = await get(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    ...collector,
    grpcAddress: collector.grpcAddress ?? { host: "nowhere", port: 0 }, // of those that were told so
    store,
    // The API validates its own answers against these types.
    node: async (name) => (await body(`/api/v1/nodes/${name}`)) as NodeDetail,
    findings: async () => ((await body("/api/v1/findings")) as { readonly findings: readonly Finding[] }).findings,
    async metric(line) {
      const { text } = await get("/metrics");
      const found = text.split("\n").find((each) => each.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    },
    ready: () => get("/readyz"),
  };
}

/** Tries until the assertion passes, for a quarter of a minute: a starved machine is late. */
export async function eventually<Result>(assertion: () => Result | Promise<Result>): Promise<Result> {
  const deadlineMs = performance.now() + 15_000;
  for (;;) {
    try {
      return await assertion();
    } catch (thrown) {
      if (performance.now() > deadlineMs) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
