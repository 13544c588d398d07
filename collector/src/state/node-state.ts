/**
 * What the collector knows, as an immutable picture: node → probe → subject. Values are the validated generated messages; there is no
 * second set of types. All times are ms since 1970 on the collector's clock.
 */
import type { Failure, Outcome } from "@nodekeeper/proto";
import type { IntrusionState } from "./intrusion.ts";
import type { NodeInventory } from "./node-inventory.ts";
import type { NodeProof } from "./node-proof.ts";
import type { ProbeSubjects } from "./probe-subjects.ts";

/** Whether the agent's stream is open, and how it was left. */
export type Connection =
  | { readonly kind: "connected"; readonly sinceMs: number }
  | { readonly kind: "disconnected"; readonly sinceMs: number; readonly goodbye: string | undefined };

/** Whether a list was whole when it was last made. */
export interface ListState {
  readonly kind: string;
  readonly isComplete: boolean;
  readonly failure: Failure | undefined;
}

/** A probe on a node. */
export interface ProbeState {
  readonly name: string;
  readonly intervalMs: number;
  readonly sequence: number;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  /** It was told to a process before this one, whatever a clock that was set since says of its times. Not there: to this one. */
  readonly isRestored?: true;
  readonly outcome: Outcome;
  readonly failure: Failure | undefined;
  readonly durationMs: number;
  /** Hash of the facts held, hex; empty when none. */
  readonly factsHash: string;
  /** By kind. */
  readonly lists: ReadonlyMap<string, ListState>;
  /** By subjectKey(kind, id). Subjects that are gone stay as ABSENT for a day. */
  readonly subjects: ProbeSubjects;
}

/** A boot that began while this process looked on: the agent came with another boot id than before. */
export interface BootSeen {
  readonly bootId: string;
  /** When its agent came; the boot began a little earlier. */
  readonly atMs: number;
}

/** What an agent had to drop. */
export interface LossState {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly observationCount: number;
  readonly reason: string;
}

/** A node. */
export interface NodeState {
  readonly name: string;
  readonly machineId: string;
  readonly bootId: string;
  /** Newest first, each boot once, at most 8; empty after a restart of the collector. */
  readonly bootsSeen: readonly BootSeen[];
  readonly epoch: string;
  readonly agentVersion: string;
  readonly firstSeenAtMs: number;
  /** Last message of any kind from its agent. */
  readonly lastContactAtMs: number;
  readonly connection: Connection;
  /** It is switched off and put to sleep as its owner likes: its silence after a goodbye is no fault. */
  readonly isIntermittent: boolean;
  /** Of the agent that spoke last. */
  readonly proof: NodeProof;
  /** Who tried to speak in its name and was refused since this process started, newest first. */
  readonly intrusions: readonly IntrusionState[];
  /** The probes that its agent says it runs; undefined until it said so to this process. */
  readonly runningProbes: readonly string[] | undefined;
  /** The node's wall clock minus ours; undefined until a report came. */
  readonly clockSkewMs: number | undefined;
  readonly losses: readonly LossState[];
  /** What is remembered of its equipment; undefined until stock was taken. It may still be of another machine that bore the name. */
  readonly inventory: NodeInventory | undefined;
  readonly probes: ReadonlyMap<string, ProbeState>;
}
