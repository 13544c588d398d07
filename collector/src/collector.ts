/**
 * The collector, as it is put together. It reads in the direction of the data, and is taken down the other way round: agents are the last
 * to be let in and the first to be sent away, the store is the first to be there and the last to go.
 */
import { type Address, type AppError, type Clock, type Logger, runEvery, version } from "@nodekeeper/shared";
import { createApiServer } from "./api/server.ts";
import type { CollectorConfig } from "./config.ts";
import { createEngine } from "./evaluate/engine.ts";
import { createIngest, type Ingest, type IngestLimits } from "./ingest/server.ts";
import { measureCollector } from "./measure.ts";
import { createMetrics } from "./metrics.ts";
import { rules } from "./rules/index.ts";
import { watchClock } from "./state/clock-watch.ts";
import { createStateHolder } from "./state/holder.ts";
import { createListening } from "./state/listening.ts";
import { restoreNodes } from "./state/restore.ts";
import type { Store } from "./store/store.ts";

/** What the collector is given besides its settings. */
export interface CollectorDependencies {
  /** Opens the database of a folder. `failed` resolves when it is lost while nobody closed it. */
  openStore(dataDir: string): Promise<Store & { readonly failed: Promise<AppError> }>;
  /** Folder of the built dashboard. */
  readonly dashboardDir: string;
  /** Folder of the documentation. */
  readonly docsDir: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly limits?: Partial<IngestLimits>;
}

/** A collector that runs. Disposing it stops it. */
export interface Collector extends AsyncDisposable {
  /** Where API and dashboard are, e.g. http://127.0.0.1:7060 */
  readonly url: string;
  /** Where agents report. */
  readonly grpcAddress: Address;
  /** Resolves when it cannot go on: it must be stopped and started anew. */
  readonly failed: Promise<AppError>;
}

/** Chunks are compressed and old history is dropped in short steps, this often. */
const maintenanceMs = 60_000;
/** How many resolved findings are looked at to know since when nodes are well. */
const resolvedFindings = 1_000;

/** Starts the collector; what was started is stopped again when something fails. */
export async function startCollector(config: CollectorConfig, given: CollectorDependencies): Promise<Collector> {
  const { clock, random, logger } = given;
  await using stack = new AsyncDisposableStack();
  const metrics = createMetrics();

  const store = stack.use(await given.openStore(config.dataDir));
  const restored = await store.restore();
  const past = await store.listFindings({ node: undefined, includeResolved: true, limit: resolvedFindings });
  stack.use(every(maintenanceMs, () => store.maintain(clock.wallMs())));

  const state = createStateHolder(restoreNodes(restored.nodes, restored.observations, restored.inventories));
  const listening = createListening();
  stack.use(watchClock({ clock, random, listening, logger }));

  const findings = stack.use(
    createEngine({
      ...{ rules, state, listening, store, clock, random, logger },
      restored: restored.findings,
      resolved: past.filter((finding) => finding.state === "resolved"),
      metrics: metrics.evaluation,
    }),
  );

  let ingest: Ingest | undefined;
  const api = stack.use(
    await createApiServer({
      ...{ state, findings, store, clock, logger },
      listen: config.listen,
      metrics: metrics.registry,
      readiness: async () => ingest?.problems() ?? ["agents are not heard yet"],
      dashboardDir: given.dashboardDir,
      docsDir: given.docsDir,
    }),
  );

  ingest = stack.use(
    await createIngest({
      ...{ state, store, listening, clock, random, logger },
      listen: config.grpcListen,
      restored: restored.observations,
      intervals: { revision: BigInt(Math.round(clock.wallMs())), byProbe: new Map() },
      metrics: metrics.ingest,
      ...(given.limits === undefined ? {} : { limits: given.limits }),
    }),
  );
  measureCollector(metrics, { state, findings, ingest, listening, store, clock });

  const grpcAddress = ingest.address;
  logger.info({ version, url: api.url, grpcAddress, nodes: restored.nodes.length }, "the collector is listening");
  const running = stack.move();
  return { url: api.url, grpcAddress, failed: store.failed, [Symbol.asyncDispose]: () => running.disposeAsync() };

  function every(intervalMs: number, work: () => Promise<void>): AsyncDisposable {
    const stopping = new AbortController();
    const options = { clock, random, signal: stopping.signal, intervalMs: () => intervalMs, firstDelayMs: intervalMs };
    const running = runEvery(options, () => work().catch((err) => logger.error({ err }, "maintenance of the store failed")));
    return {
      async [Symbol.asyncDispose]() {
        stopping.abort();
        await running;
      },
    };
  }
}
