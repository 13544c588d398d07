/** What all sessions share. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Authenticator } from "../identity/authenticator.ts";
import type { IngestMetrics } from "../metrics.ts";
import type { StateHolder } from "../state/holder.ts";
import type { SequenceSpan } from "../store/store.ts";
import type { TrustSource } from "../tls/trust.ts";
import type { Admission } from "./admission.ts";
import type { Clones } from "./clones.ts";
import type { CommitItem } from "./commit-queue.ts";
import type { HeldFactsTable } from "./held-facts.ts";
import type { PeerWatch } from "./peer-watch.ts";
import type { ProgressTable } from "./progress.ts";
import type { RefusalReports } from "./refusal-reports.ts";
import type { CredentialRotation } from "./rotate-credentials.ts";
import type { Sessions } from "./sessions.ts";
import type { ReceivedReport, TakenReport } from "./take-report.ts";
import type { IntervalsFor } from "./wanted-intervals.ts";

/** What all sessions share. */
export interface SessionContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: IngestMetrics;
  readonly state: StateHolder;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly clones: Clones;
  readonly reports: RefusalReports;
  readonly rotation: Pick<CredentialRotation, "greeted">;
  readonly progress: ProgressTable;
  readonly heldFacts: HeldFactsTable;
  readonly admission: Admission;
  readonly intervalsFor: IntervalsFor;
  readonly peerWatch: PeerWatch;
  /** Told to agents that came by the public door. */
  readonly trust: TrustSource;
  readonly maximumNodes: number;
  committedSpans(node: string, epoch: string): Promise<readonly SequenceSpan[]>;
  takeReport(received: ReceivedReport): TakenReport;
  commit(items: readonly CommitItem[]): void;
  /** True while the store cannot keep up: agents are greeted, but not heard further. */
  isStoreBehind(): boolean;
  /** The node's record changed: it connected, left, or another machine bears its name. */
  onNodeChanged(node: string): void;
}
