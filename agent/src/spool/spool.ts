/**
 * The spool: observations from the moment they are made until the collector has committed them. It is owned by the probing side. The
 * reporting side sees it through `SpoolReader`: in memory where the agent is one process, over a unix socket where it is two.
 */
import type { GoodbyeReason, Loss, Observation, ProbeDescription, SequenceRange, SetIntervals } from "@nodekeeper/proto";

/** What the scheduler makes: everything but the position in the epoch, which the spool gives. */
export type NewObservation = Omit<Observation, "sequence" | "$typeName" | "$unknown">;

/** The writing end, for the scheduler. */
export interface SpoolWriter {
  append(observation: NewObservation): void;
}

/** Who this agent is; what Hello needs and only the probing side knows. */
export interface AgentDescription {
  readonly agentVersion: string;
  readonly nodeName: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly epoch: string;
  readonly probes: readonly ProbeDescription[];
}

/** How much to read, and whether to begin anew. */
export interface ReadOptions {
  /** True after a reconnect: all that is not acknowledged counts as not yet given. */
  readonly isRestart: boolean;
  /** At most so many bytes, but at least one observation. */
  readonly maximumBytes: number;
  /** How long to wait when there is nothing. */
  readonly waitMs: number;
  /** Ends the waiting, not the reading: the batch is then what there is, perhaps nothing. */
  readonly interrupt?: AbortSignal;
  /** Ends the reading. What it had already taken comes again after a restart. */
  readonly signal: AbortSignal;
}

/** What was read; observations carry their full facts. */
export interface SpoolBatch {
  readonly observations: readonly Observation[];
  readonly losses: readonly Loss[];
  readonly sentAtMs: number;
  readonly sentUptimeMs: number;
  /** Why the machine goes away now: it waits a moment for the goodbye. Undefined: it stays. */
  readonly leaving?: GoodbyeReason | undefined;
}

/** The reading end, for the reporter. Same behaviour in memory and over the socket. */
export interface SpoolReader {
  describe(signal: AbortSignal): Promise<AgentDescription>;
  /** Newest state first (the latest observation of each probe), then history from new to old; waits when there is nothing. */
  read(options: ReadOptions): Promise<SpoolBatch>;
  /** The collector has committed these. */
  acknowledge(ranges: readonly SequenceRange[]): Promise<void>;
  setIntervals(intervals: SetIntervals): Promise<void>;
  /** Empty: all. */
  probeNow(probes: readonly string[]): Promise<void>;
  /** Always report these peers of the tailnet, by stable id, and measure the way to them. Replaces what was asked before. */
  watchPeers(ids: readonly string[]): Promise<void>;
  /** Asked when the reporter is being stopped: why, as far as it can be seen. */
  stopReason(signal: AbortSignal): Promise<GoodbyeReason>;
  /** The goodbye was heard, the machine may go. Resolves when it is back, or stays after all. */
  departed(signal: AbortSignal): Promise<void>;
}

/** What the probing side knows of the machine's going away; see leaving/leaving.ts. */
export interface LeavingPort {
  /** Why it goes now; undefined while it stays. */
  readonly current: GoodbyeReason | undefined;
  /** Called when `current` changes. */
  onChanged(listener: () => void): Disposable;
  /** A reporter has been told. */
  told(): void;
  /** The reporter has said goodbye. */
  departed(): void;
  /** Why this agent is being stopped, as far as it can be seen. */
  stopReason(signal: AbortSignal): Promise<GoodbyeReason>;
}
