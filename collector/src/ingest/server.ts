/**
 * The door for agents. Per report the order is: validate, state, acknowledge what needs no disk, queue for the disk; acknowledgements
 * follow the commits. When the queue is full all streams are paused, and the collector says that it does not listen.
 */
import { create } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { ProbeNowSchema, ReconnectSchema } from "@nodekeeper/proto";
import { type Clock, type Logger, runEvery } from "@nodekeeper/shared";
import type { Authenticator } from "../identity/authenticator.ts";
import type { Registry } from "../identity/registry.ts";
import { createStockTaker } from "../inventory/stock-taker.ts";
import type { IngestMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Listening } from "../state/listening.ts";
import type { TurnedAwayBook } from "../state/turned-away.ts";
import type { Store, StoredObservation, StoredStock } from "../store/store.ts";
import type { TrustSource } from "../tls/trust.ts";
import { createAcknowledger } from "./acknowledge.ts";
import { type AdmissionLimits, createAdmission } from "./admission.ts";
import { createClones } from "./clones.ts";
import { type CommitLimits, createCommitQueue } from "./commit-queue.ts";
import type { Door, IngestDoors, MoreServices } from "./door.ts";
import { createEnrollmentService } from "./enrollment.ts";
import { createHeldFactsTable, type HeldFactsTable } from "./held-facts.ts";
import { createNodeRecords } from "./node-records.ts";
import { type OpenDoors, openDoors } from "./open-doors.ts";
import { createPeerWatch } from "./peer-watch.ts";
import { createProgressTable } from "./progress.ts";
import { createRefusalReports } from "./refusal-reports.ts";
import { createCredentialRotation } from "./rotate-credentials.ts";
import { serveSession } from "./session.ts";
import type { SessionContext } from "./session-context.ts";
import { createSessions } from "./sessions.ts";
import type { AgentStream } from "./stream.ts";
import { createIntake } from "./take-report.ts";
import { layoutOfChecked } from "./validate-samples.ts";
import { createIntervalsFor, type WantedIntervals } from "./wanted-intervals.ts";
import { type Call, response } from "./wire.ts";

/** What the server needs. */
export interface IngestOptions {
  readonly doors: IngestDoors;
  /** Told to agents that came by the public door. */
  readonly trust: TrustSource;
  readonly registry: Registry;
  readonly authenticator: Authenticator;
  readonly state: StateHolder;
  readonly store: Store;
  /** The latest observations that the store remembers: their facts may be referred to by hash. */
  readonly restored: readonly StoredObservation[];
  readonly listening: Listening;
  /** Is told of agents that are refused. */
  readonly turnedAway: Pick<TurnedAwayBook, "note">;
  readonly intervals: WantedIntervals;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Served beside those of agents; not there: none. */
  readonly services?: MoreServices;
  readonly limits?: Partial<IngestLimits>;
}

/** Bounds of the server. */
export interface IngestLimits extends CommitLimits, AdmissionLimits {
  /** Streams at the same time. */
  readonly maximumStreams: number;
  /** Nodes that are known at the same time. */
  readonly maximumNodes: number;
}

/** The server, listening. Disposing it commits and acknowledges what it can, and asks the agents to come back. */
export interface Ingest extends AsyncDisposable {
  /** Where it listens; undefined: that door is not there. */
  readonly addresses: OpenDoors["addresses"];
  readonly streamCount: number;
  readonly queuedObservations: number;
  readonly queuedBytes: number;
  /** Has the node's agent run these probes now, as far as it bears that; nothing happens where it is not connected. */
  probeNow(node: string, probes: readonly string[]): void;
  /** Writes equipment that somebody changed; resolves when it is on the disk, after the observations that came before. */
  keepStock(stock: StoredStock): Promise<void>;
  /** Why it is not well, one reason a line; empty when it is. */
  problems(): readonly string[];
}

const defaultMaximumStreams = 20_000;
const defaultMaximumNodes = 20_000;
const minuteMs = 60_000;
/** Contact times of nodes are written once a minute, a part of the nodes in each of so many steps: nothing waits for all of them at once. */
const recordSteps = 12;
/** When the collector stops, agents come back after this and up to twice as much, not all at once. */
const reconnectAfterMs = 1_000;

/** Starts listening; throws ADDRESS_IN_USE. */
export async function createIngest(options: IngestOptions): Promise<Ingest> {
  const {
    state,
    store,
    listening,
    turnedAway,
    trust,
    registry,
    authenticator,
    metrics,
    clock,
    logger,
    random,
    limits = {},
  } = options;
  const { maximumStreams = defaultMaximumStreams, maximumNodes = defaultMaximumNodes } = limits;
  const sessions = createSessions();
  const progress = createProgressTable();
  const heldFacts = restoreHeldFacts(options.restored, state);
  const records = createNodeRecords(state);
  const peerWatch = createPeerWatch({ state, clock });
  const retirements = forgetRetired(state, heldFacts);
  const streams = new Set<AgentStream>();
  const reports = createRefusalReports({ state, store, turnedAway, metrics, clock, logger });
  const clones = createClones({ sessions, reports, clock });
  const rotation = createCredentialRotation({ registry, sessions, clock, random, logger });
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
    ...{ clock, logger, metrics, state, authenticator, sessions, clones, reports, rotation },
    ...{ progress, heldFacts, peerWatch, maximumNodes },
    admission: createAdmission({ clock, random, limits }),
    intervalsFor: createIntervalsFor(options.intervals, logger),
    trust,
    committedSpans: (node, epoch) => store.committedSpans(node, epoch),
    takeReport: createIntake({ state, heldFacts, stockTaker: createStockTaker(state), metrics, clock, logger }),
    commit: queue.add,
    isStoreBehind: () => queue.isFull,
    onNodeChanged(node) {
      records.mark(node);
      queue.wake();
    },
  };

  function onCall(call: Call, door: Door): void {
    const stream = serveSession(call, door, context, (closed) => streams.delete(closed));
    streams.add(stream);
    if (stopping.signal.aborted) stream.fail(status.UNAVAILABLE, "the collector is stopping");
    else if (streams.size > maximumStreams) {
      metrics.streamRefused("too_many_streams");
      stream.fail(status.RESOURCE_EXHAUSTED, `${maximumStreams} streams are open, no other is taken; try again later`);
    }
  }

  const enrollment = createEnrollmentService({ registry, trust, reports, clock, logger });
  const doors = await openDoors(options.doors, { onCall, enrollment, more: options.services ?? (() => []) }, clock).catch(
    async (thrown) => {
      peerWatch[Symbol.dispose]();
      retirements[Symbol.dispose]();
      await rotation[Symbol.asyncDispose]();
      reports[Symbol.dispose]();
      await queue[Symbol.asyncDispose]();
      throw thrown;
    },
  );
  listening.open(clock.wallMs());
  const regularly = (intervalMs: number, work: () => void): Promise<void> =>
    runEvery({ clock, random, signal: stopping.signal, intervalMs: () => intervalMs, firstDelayMs: intervalMs }, async () =>
      work(),
    );
  const recording = Promise.all([
    regularly(minuteMs / recordSteps, () => {
      records.markHeard(Math.ceil(state.nodes().length / recordSteps));
      queue.wake();
    }),
    regularly(minuteMs, clones.lookAtAll),
  ]);

  return {
    addresses: doors.addresses,
    get streamCount() {
      return sessions.size;
    },
    get queuedObservations() {
      return queue.length;
    },
    get queuedBytes() {
      return queue.bytes;
    },
    probeNow(node, probes) {
      const value = create(ProbeNowSchema, { probes: [...probes] });
      if (probes.length > 0) sessions.of(node)?.send(response({ case: "probeNow", value }));
    },
    keepStock: (stock) => queue.addStock(stock),
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
      peerWatch[Symbol.dispose]();
      retirements[Symbol.dispose]();
      for (const stream of streams) {
        stream.pause("stopping");
        const afterMs = Math.round(reconnectAfterMs * (1 + random()));
        stream.send(response({ case: "reconnect", value: create(ReconnectSchema, { afterMs }) }));
      }
      await recording;
      await rotation[Symbol.asyncDispose]();
      records.markHeard();
      await queue[Symbol.asyncDispose]();
      for (const stream of streams) stream.end();
      await doors.close();
      reports[Symbol.dispose]();
    },
  };
}

/** What the store remembers passed the checks when it came. Of retired nodes it remembers more than anybody will refer to. */
function restoreHeldFacts(observations: readonly StoredObservation[], state: Pick<StateHolder, "node">): HeldFactsTable {
  const heldFacts = createHeldFactsTable();
  for (const { node, observation } of observations) {
    if (observation.body.case !== "full" || state.node(node) === undefined) continue;
    const facts = observation.body.value;
    heldFacts.hold(node, observation.probe, observation.factsHash, { facts, samples: layoutOfChecked(facts.sampleKeys) });
  }
  return heldFacts;
}

/** Nobody refers to facts of a node that was retired. */
function forgetRetired(state: Pick<StateHolder, "node" | "subscribe">, heldFacts: HeldFactsTable): Disposable {
  return state.subscribe((changed) => {
    for (const name of changed) if (state.node(name) === undefined) heldFacts.forget(name);
  });
}
