/**
 * What the collector knows, as an immutable picture: node → probe → subject. Values are the validated generated messages; there is no
 * second set of types. All times are ms since 1970 on the collector's clock.
 */
import type { Failure, Outcome, Subject } from "@nodekeeper/proto";
import type { NodeInventory } from "./node-inventory.ts";

/** Whether the agent's stream is open, and how it was left. */
export type Connection =
  | { readonly kind: "connected"; readonly sinceMs: number }
  | { readonly kind: "disconnected"; readonly sinceMs: number; readonly goodbye: string | undefined };

/** A thing on a node. It keeps its last good value while reading fails. */
export interface SubjectState {
  readonly kind: string;
  readonly id: string;
  /** Outcome of the last observation that spoke of it. ABSENT also when a complete list did not have it. */
  readonly outcome: Outcome;
  readonly failure: Failure | undefined;
  /** When that observation was made. */
  readonly observedAtMs: number;
  /** Since when it is ABSENT; undefined while it is not. */
  readonly absentSinceMs: number | undefined;
  /** Last good value. Undefined when it was never read. */
  readonly value: Subject["value"] | undefined;
  /** When `value` was read; equals observedAtMs while reading succeeds. */
  readonly readAtMs: number | undefined;
  /** Latest known numbers by name, and when they were observed. */
  readonly samples: ReadonlyMap<string, number>;
  readonly samplesAtMs: number | undefined;
  /** The numbers before `samples`, for rates between the last two readings. */
  readonly previousSamples: ReadonlyMap<string, number> | undefined;
  readonly previousSamplesAtMs: number | undefined;
}

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
  readonly outcome: Outcome;
  readonly failure: Failure | undefined;
  readonly durationMs: number;
  /** Hash of the facts held, hex; empty when none. */
  readonly factsHash: string;
  /** By kind. */
  readonly lists: ReadonlyMap<string, ListState>;
  /** By subjectKey(kind, id). Subjects that are gone stay as ABSENT for a day. */
  readonly subjects: ReadonlyMap<string, SubjectState>;
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
  readonly epoch: string;
  readonly agentVersion: string;
  readonly firstSeenAtMs: number;
  /** Last message of any kind from its agent. */
  readonly lastContactAtMs: number;
  readonly connection: Connection;
  /** The probes that its agent says it runs; undefined until it said so to this process. */
  readonly runningProbes: readonly string[] | undefined;
  /** The node's wall clock minus ours; undefined until a report came. */
  readonly clockSkewMs: number | undefined;
  readonly losses: readonly LossState[];
  /** What is remembered of its equipment; undefined until stock was taken. It may still be of another machine that bore the name. */
  readonly inventory: NodeInventory | undefined;
  readonly probes: ReadonlyMap<string, ProbeState>;
}

/** Key of a subject within a probe. */
export function subjectKey(kind: string, id: string): string {
  return `${kind}/${id}`;
}
