/** What all sessions share. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { IngestMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import type { SequenceSpan } from "../store/store.ts";
import type { CommitItem } from "./commit-queue.ts";
import type { WantedIntervals } from "./greeting.ts";
import type { HeldFactsTable } from "./held-facts.ts";
import type { ProgressTable } from "./progress.ts";
import type { Sessions } from "./sessions.ts";
import type { ReceivedReport, TakenReport } from "./take-report.ts";

/** Why a stream was not taken or was ended by us; a label of a metric. */
export type RefusalReason =
  | "malformed"
  | "no_hello"
  | "wire_version"
  | "hello"
  | "out_of_order"
  | "other_machine"
  | "too_many_streams"
  | "too_many_nodes"
  | "not_reading"
  | "internal";

/** What all sessions share. */
export interface SessionContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: IngestMetrics;
  readonly state: StateHolder;
  readonly sessions: Sessions;
  readonly progress: ProgressTable;
  readonly heldFacts: HeldFactsTable;
  readonly intervals: WantedIntervals;
  readonly maximumNodes: number;
  committedSpans(node: string, epoch: string): Promise<readonly SequenceSpan[]>;
  takeReport(received: ReceivedReport): TakenReport;
  commit(items: readonly CommitItem[]): void;
  /** True while the store cannot keep up: agents are greeted, but not heard further. */
  isStoreBehind(): boolean;
  /** The node's record changed: it connected, left, or another machine bears its name. */
  onNodeChanged(node: string): void;
}
