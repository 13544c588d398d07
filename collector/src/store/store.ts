/**
 * The store, seen from the rest of the collector: an asynchronous, narrow interface. Behind it a worker thread alone holds the database.
 * Every method may fail with STORE_FULL or STORE_FAILED.
 */
import type { Observation } from "@nodekeeper/proto";
import type { AuditRecord, Change, Finding, History, Onboarding, PastOnboarding } from "@nodekeeper/shared/api";
import type { NodeProof } from "../state/node-proof.ts";
import type { LossState } from "../state/node-state.ts";
import type { RememberedInventory } from "../state/restore.ts";
import type { Backup } from "./backup/write-backup.ts";
import type { FindingsQuery } from "./tables/findings-table.ts";

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

/** A record of the audit that has no number yet. */
export type NewAuditRecord = Omit<AuditRecord, "id">;

/** Which records of the audit. */
export interface AuditQuery {
  /** Records of which this node is the target or its agent the actor; not there: all. */
  readonly node?: string;
  /** Only the record of this id, whatever else is asked. */
  readonly id?: number;
  /** Only those that are older than this one; undefined: from the newest on. */
  readonly before: AuditPlace | undefined;
  readonly limit: number;
}

/** Where a record stands in the order of the audit. */
export interface AuditPlace {
  readonly atMs: number;
  readonly id: number;
}

/** How far the machine that bears a name has come, and those that bore it before. */
export interface StoredOnboarding {
  readonly node: string;
  readonly changedAtMs: number;
  /** Not there: nobody bears the name now. */
  readonly current?: StoredWay;
  /** Newest first. */
  readonly past: readonly PastOnboarding[];
}

/** The way of one machine. */
export interface StoredWay {
  readonly onboarding: Onboarding;
  /** Of the Node that it is; another one under the same name is another machine. Empty: it is no Node, or that is not known yet. */
  readonly nodeUid: string;
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
  /** Whether its owner switches it off and on as they like; not there: no. */
  readonly isIntermittent?: boolean;
  /** By what its agent proved who it is; not there: by nothing. */
  readonly proof?: NodeProof;
  /** What its agent had to drop, newest first; not there: nothing. */
  readonly losses?: readonly LossState[];
}

/**
 * What small documents are about. attention: what people decided about findings; told: which findings were told by which channel; outbox: notices that
 * wait to be delivered. reservation: GPUs that people keep. gpu_usage: who held the memory of GPUs and which models were loaded, two for each node with either.
 */
export type DocumentKind = "attention" | "told" | "outbox" | "reservation" | "gpu_usage";

/** A small document. */
export interface StoredDocument {
  /** Not empty; unique within its kind. */
  readonly id: string;
  readonly changedAtMs: number;
  /** What JSON can say. */
  readonly body: object;
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
  /** At most about so many points a series; not there: as many as any screen shows. */
  readonly points?: number;
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
  /** Writes what is remembered of equipment where no observation changed it. */
  saveStock(stock: StoredStock): Promise<void>;
  /** Creates or updates nodes. */
  saveNodes(nodes: readonly StoredNode[]): Promise<void>;
  /** Forgets a node, what is remembered of its equipment, and its onboarding. Its history, changes and findings stay for as long as they are kept. */
  forgetNode(name: string): Promise<void>;
  /** Committed observations of an epoch of a node, as merged spans in order. */
  committedSpans(node: string, epoch: string): Promise<readonly SequenceSpan[]>;
  /** Writes findings as they are now; a resolved one stays in the history. */
  saveFindings(findings: readonly Finding[]): Promise<void>;
  /** Newest first. Resolved ones too where asked. */
  listFindings(query: FindingsQuery): Promise<readonly Finding[]>;
  /** Newest first. */
  listChanges(query: ChangesQuery): Promise<readonly Change[]>;
  /**
   * Writes records of the audit, and resolves when they are on the disk. The table is bounded, what was done apart from what was not; who
   * writes about refusals that repeat must still say them once with their number, not one by one.
   */
  appendAudit(records: readonly NewAuditRecord[]): Promise<void>;
  /** Newest first. */
  listAudit(query: AuditQuery): Promise<readonly AuditRecord[]>;
  /** Writes them in place of what was kept under their names. */
  saveOnboardings(onboardings: readonly StoredOnboarding[]): Promise<void>;
  /** All of them. */
  onboardings(): Promise<readonly StoredOnboarding[]>;
  /**
   * Writes small documents of a kind in place of those of the same id, and removes others, together. Whoever has a kind bounds it: there are a few
   * thousand of each at most, but of those that are one of a node.
   */
  saveDocuments(kind: DocumentKind, put: readonly StoredDocument[], removed: readonly string[]): Promise<void>;
  /** All of a kind, by id. What they are is checked by whoever has the kind. */
  documents(kind: DocumentKind): Promise<readonly StoredDocument[]>;
  history(request: HistoryRequest): Promise<History>;
  /** Compresses, rolls up and drops what is past its time, in short steps. `nowMs` is the collector's clock. */
  maintain(nowMs: number): Promise<void>;
  status(): Promise<StoreStatus>;
  /**
   * Writes the whole database, as it is at one moment, into a new file at an absolute path, verified; commits go on meanwhile. It takes as
   * much room there as the database, and beside the database what is written until it is done. Rejects with CONFLICT where the file is there
   * already or cannot be written or another backup is being made, and with STORE_FULL where there is no room.
   */
  backup(file: string): Promise<Backup>;
}
