/**
 * The store, seen from the rest of the collector: an asynchronous, narrow interface. Behind it a worker thread alone holds the database.
 * Every method may fail with STORE_FULL or STORE_FAILED.
 */
import type { Observation } from "@nodekeeper/proto";
import type { Change, Finding, History } from "@nodekeeper/shared/api";
import type { RememberedInventory } from "../state/restore.ts";

/** An observation to be kept. Its facts are whole where outcome is OK, or the store holds facts_hash for this node and probe already. */
export interface StoredObservation {
  readonly node: string;
  readonly epoch: string;
  readonly observation: Observation;
  /** On the collector's clock. */
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  /** What it changed in what is remembered of equipment; it is written in the same transaction. */
  readonly stock?: StoredStock;
}

/** Equipment as it is remembered after an observation, and how it changed. */
export interface StoredStock {
  readonly inventories: readonly RememberedInventory[];
  readonly changes: readonly NewChange[];
}

/** A change that has no number yet. */
export type NewChange = Omit<Change, "id">;

/** Which changes. */
export interface ChangesQuery {
  /** Undefined: all nodes. */
  readonly node: string | undefined;
  /** Only those that are older than this one; undefined: from the newest on. */
  readonly before: ChangePlace | undefined;
  readonly limit: number;
}

/** Where a change stands in the order of changes. */
export interface ChangePlace {
  readonly atMs: number;
  readonly id: number;
}

/** What is kept of a node besides its observations. */
export interface StoredNode {
  readonly name: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly epoch: string;
  readonly agentVersion: string;
  readonly firstSeenAtMs: number;
  readonly lastContactAtMs: number;
  /** Reason of the last Goodbye while the node is away; undefined when it just went, and while it is connected. */
  readonly goodbye?: string;
}

/** Everything that the state needs after a restart. */
export interface RestoredState {
  readonly nodes: readonly StoredNode[];
  /**
   * The latest observation of each probe of each node, with whole facts. Where it did not succeed, the last one that did comes before it, so
   * that what was known is not forgotten over a failure.
   */
  readonly observations: readonly StoredObservation[];
  /** What is remembered of the equipment of nodes. */
  readonly inventories: readonly RememberedInventory[];
  /** Findings that are pending or firing. */
  readonly findings: readonly Finding[];
}

/** From `first` to `last`, both included. */
export interface SequenceSpan {
  readonly first: number;
  readonly last: number;
}

/** Which numbers over which time. */
export interface HistoryRequest {
  readonly node: string;
  readonly kind: string;
  /** Undefined: all subjects of the kind. */
  readonly id: string | undefined;
  /** Empty: all names. */
  readonly names: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly resolution: "auto" | "raw" | "5m" | "1h";
}

/** The state of the database, for metrics and /readyz. */
export interface StoreStatus {
  readonly databaseBytes: number;
  /** Committed since the database was made. */
  readonly observationCount: number;
  /** Transactions of this process. */
  readonly commitCount: number;
  /** Why the last commit failed; undefined while commits succeed. */
  readonly problem: string | undefined;
}

/** The store. */
export interface Store extends AsyncDisposable {
  restore(): Promise<RestoredState>;
  /**
   * Commits observations (group commit with whatever else waits) and resolves when they are on the disk. What is there already by
   * (node, epoch, sequence) is skipped.
   */
  commit(observations: readonly StoredObservation[]): Promise<void>;
  /** Creates or updates nodes. */
  saveNodes(nodes: readonly StoredNode[]): Promise<void>;
  /** Committed observations of an epoch of a node, as merged spans in order. */
  committedSpans(node: string, epoch: string): Promise<readonly SequenceSpan[]>;
  /** Writes findings as they are now; a resolved one stays in the history. */
  saveFindings(findings: readonly Finding[]): Promise<void>;
  /** Newest first. Resolved ones too where asked. */
  listFindings(options: {
    readonly node: string | undefined;
    readonly includeResolved: boolean;
    readonly limit: number;
  }): Promise<readonly Finding[]>;
  /** Newest first. */
  listChanges(query: ChangesQuery): Promise<readonly Change[]>;
  history(request: HistoryRequest): Promise<History>;
  /** Compresses, rolls up and drops what is past its time, in short steps. `nowMs` is the collector's clock. */
  maintain(nowMs: number): Promise<void>;
  status(): Promise<StoreStatus>;
}
