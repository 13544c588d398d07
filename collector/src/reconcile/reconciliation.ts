/** Reconciliation as the API sees it. */
import type {
  ApprovedPlan,
  Explanation,
  ItemOverride,
  OverrideRequest,
  Plan,
  PruneRequest,
  PruneResult,
  ReconcileStatus,
} from "@nodekeeper/shared/api";

/** What may be asked and done. Actions throw CONFLICT where things are not as the caller thinks, and NOT_FOUND. */
export interface Reconciliation extends AsyncDisposable {
  status(): ReconcileStatus;
  /** Everything that would be written, and why it is not: made anew for whoever asks, from what is known, without asking the cluster. */
  plan(): Promise<Plan>;
  /** The same of one node, without what an approval needs; it costs next to nothing. */
  planOf(node: string): Pick<Plan, "operations" | "held">;
  /** Approves exactly the plan of this hash: its first one for all that follows, later ones for their own operations. */
  approve(hash: string, by: string): Promise<ApprovedPlan>;
  /** Everything that concerns a node, by item; with `item` only that one (with or without our domain). The audit is read for it. */
  explain(node: string, item: string | undefined): Promise<readonly Explanation[]>;
  override(request: OverrideRequest, by: string): Promise<ItemOverride>;
  endOverride(target: Pick<OverrideRequest, "node" | "item">, by: string): Promise<void>;
  /** Writes what was before an action of the audit (its id), and keeps it so until a time. */
  revert(action: number, options: { readonly untilMs: number; readonly by: string }): Promise<readonly ItemOverride[]>;
  /** Takes everything of ours back, and the approval with it. */
  prune(request: PruneRequest, by: string): Promise<PruneResult>;
  problems(): readonly string[];
}
