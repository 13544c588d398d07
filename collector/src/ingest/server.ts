/**
 * The door for agents. Per report the order is: validate, state, acknowledge what needs no disk, queue for the disk; acknowledgements
 * follow the commits. When the queue is full all streams are paused, and the collector says that it does not listen.
 */
import { create } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { ReconnectSchema } from "@nodekeeper/proto";
import { type Address, type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import { createStockTaker } from "../inventory/stock-taker.ts";
import type { IngestMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Listening } from "../state/listening.ts";
import type { Store, StoredObservation } from "../store/store.ts";
import { createAcknowledger } from "./acknowledge.ts";
import { type CommitLimits, createCommitQueue } from "./commit-queue.ts";
import type { WantedIntervals } from "./greeting.ts";
import { listenForCalls } from "./grpc-listener.ts";
import { createHeldFactsTable, type HeldFactsTable } from "./held-facts.ts";
import { createNodeRecords } from "./node-records.ts";
import { createProgressTable } from "./progress.ts";
import { serveSession } from "./session.ts";
import type { SessionContext } from "./session-context.ts";
import { createSessions } from "./sessions.ts";
import type { AgentStream } from "./stream.ts";
import { createIntake } from "./take-report.ts";
import { layoutOfChecked } from "./validate-samples.ts";
import { type Call, response } from "./wire.ts";

/** What the server needs. */
export interface IngestOptions {
  /** Port 0 takes any that is free. */
  readonly listen: Address;
  readonly state: StateHolder;
  readonly store: Store;
  /** The latest observations that the store remembers: their facts may be referred to by hash. */
  readonly restored: readonly StoredObservation[];
  readonly listening: Listening;
  readonly intervals: WantedIntervals;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly limits?: Partial<IngestLimits>;
}

/** Bounds of the server. */
export interface IngestLimits extends CommitLimits {
  /** Streams at the same time. */
  readonly maximumStreams: number;
  /** Nodes that are known at the same time. */
  readonly maximumNodes: number;
}

/** The server, listening. Disposing it commits and acknowledges what it can, and asks the agents to come back. */
export interface Ingest extends AsyncDisposable {
  /** Where it listens. */
  readonly address: Address;
  readonly streamCount: number;
  readonly queuedObservations: number;
  readonly queuedBytes: number;
  /** Why it is not well, one reason a line; empty when it is. */
  problems(): readonly string[];
}

const defaultMaximumStreams = 20_000;
const defaultMaximumNodes = 20_000;
/** Contact times of nodes are written so often. */
const recordContactsMs = 60_000;
/** When the collector stops, agents come back after this and up to twice as much, not all at once. */
const reconnectAfterMs = 1_000;

/** Starts listening; throws ADDRESS_IN_USE. */
export async function createIngest(options: IngestOptions): Promise<Ingest> {
  const { state, store, listening, metrics, clock, logger, random, limits = {} } = options;
  const { maximumStreams = defaultMaximumStreams, maximumNodes = defaultMaximumNodes } = limits;
  const sessions = createSessions();
  const progress = createProgressTable();
  const heldFacts = restoreHeldFacts(options.restored);
  const records = createNodeRecords(state);
  const streams = new Set<AgentStream>();
  const stopping = new AbortController();

  const queue = createCommitQueue({
    ...{ store, clock, random, logger, metrics, limits },
    takeNodes: records.take,
    onCommitted: createAcknowledger({ sessions, progress, metrics, clock }),
    onPressure(isFull) {
      if (isFull) listening.close();
      else listening.open(clock.wallMs());
      for (const session of sessions.all()) isFull ? session.pause() : session.resume();
      logger.warn({ isFull, queued: queue.length }, "the store fell behind or caught up, agents are paused or heard again");
    },
  });

  const context: SessionContext = {
    ...{ clock, logger, metrics, state, sessions, progress, heldFacts, maximumNodes },
    intervals: options.intervals,
    committedSpans: (node, epoch) => store.committedSpans(node, epoch),
    takeReport: createIntake({ state, heldFacts, stockTaker: createStockTaker(state), metrics, clock, logger }),
    commit: queue.add,
    isStoreBehind: () => queue.isFull,
    onNodeChanged(node) {
      records.mark(node);
      queue.wake();
    },
  };

  function onCall(call: Call): void {
    const stream = serveSession(call, context, () => streams.delete(stream));
    streams.add(stream);
    if (stopping.signal.aborted) stream.fail(status.UNAVAILABLE, "the collector is stopping");
    else if (streams.size > maximumStreams) {
      metrics.streamRefused("too_many_streams");
      stream.fail(status.RESOURCE_EXHAUSTED, `${maximumStreams} streams are open, no other is taken; try again later`);
    }
  }

  const listener = await listenForCalls(options.listen, clock, onCall).catch(async (thrown) => {
    await queue[Symbol.asyncDispose]();
    throw thrown;
  });
  listening.open(clock.wallMs());
  const every = { clock, random, signal: stopping.signal, intervalMs: () => recordContactsMs, firstDelayMs: recordContactsMs };
  const recording = runEvery(every, async () => {
    records.markHeard();
    queue.wake();
  });

  return {
    address: { host: options.listen.host, port: listener.port },
    get streamCount() {
      return sessions.size;
    },
    get queuedObservations() {
      return queue.length;
    },
    get queuedBytes() {
      return queue.bytes;
    },
    problems() {
      const problems: string[] = [];
      if (queue.problem !== undefined) problems.push(`the store does not take observations: ${queue.problem}`);
      if (queue.isFull)
        problems.push(`${queue.length} observations wait for the store, agents are not heard until it has caught up`);
      return problems;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      listening.close();
      for (const stream of streams) {
        stream.pause("stopping");
        const afterMs = Math.round(reconnectAfterMs * (1 + random()));
        stream.send(response({ case: "reconnect", value: create(ReconnectSchema, { afterMs }) }));
      }
      await recording;
      records.markHeard();
      await queue[Symbol.asyncDispose]();
      for (const stream of streams) stream.end();
      await listener.close();
    },
  };
}

/** What the store remembers passed the checks when it came. */
function restoreHeldFacts(observations: readonly StoredObservation[]): HeldFactsTable {
  const heldFacts = createHeldFactsTable();
  for (const { node, observation } of observations) {
    if (observation.body.case !== "full") continue;
    const facts = observation.body.value;
    heldFacts.hold(node, observation.probe, observation.factsHash, { facts, samples: layoutOfChecked(facts.sampleKeys) });
  }
  return heldFacts;
}
