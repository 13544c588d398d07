/** Reconciliation without a cluster: it holds what a test puts there, and answers as the real one does. */
import { AppError } from "@nodekeeper/shared";
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
import type { Reconciliation } from "../../reconcile/reconciliation.ts";
import { aStatus, domain } from "./reconcile-bodies.ts";

const madeAtMs = Date.UTC(2026, 10, 23, 9);

/** It. */
export class FakeReconciliation implements Reconciliation {
  state: ReconcileStatus = aStatus();
  planned: Plan = { hash: "", isApproved: true, operations: [], held: [] };
  explanations: readonly Explanation[] = [];
  /** Ids of the audit's records that may be reverted, with what was there before. */
  readonly revertible: Map<number, Pick<ItemOverride, "node" | "item" | "value">> = new Map();
  pruneResult: PruneResult = { nodes: 0, failed: [], left: [] };
  readonly pruned: PruneRequest[] = [];

  status(): ReconcileStatus {
    return this.state;
  }

  async plan(): Promise<Plan> {
    return this.planned;
  }

  planOf(node: string): Pick<Plan, "operations" | "held"> {
    const isOf = (one: { readonly node: string }): boolean => one.node === node;
    return { operations: this.planned.operations.filter(isOf), held: this.planned.held.filter(isOf) };
  }

  async approve(hash: string, by: string): Promise<ApprovedPlan> {
    const { planned } = this;
    if (hash !== planned.hash) throw new AppError("CONFLICT", "the plan is another by now: look at it again");
    const isLetGo = ({ waiting }: Plan["operations"][number]) => waiting?.for === "approval" || waiting?.for === "mode";
    const operations = planned.operations.filter(isLetGo).length;
    this.planned = { ...planned, hash: "", isApproved: true, operations: planned.operations.filter((one) => !isLetGo(one)) };
    this.state = { ...this.state, approval: { hash, by, at: new Date(madeAtMs).toISOString() } };
    return { hash, operations };
  }

  async explain(node: string, item: string | undefined): Promise<readonly Explanation[]> {
    return this.explanations.filter((one) => one.node === node && (item === undefined || one.item === inDomain(item)));
  }

  async override(request: OverrideRequest, by: string): Promise<ItemOverride> {
    const item = inDomain(request.item);
    const made = {
      ...this.#overrideOf({ ...request, item }, by, madeAtMs + request.forSeconds * 1000),
      reason: request.reason ?? "",
    };
    this.#keep(made);
    return made;
  }

  async endOverride({ node, item }: Pick<OverrideRequest, "node" | "item">): Promise<void> {
    const left = this.state.overrides.filter((one) => one.node !== node || one.item !== inDomain(item));
    if (left.length === this.state.overrides.length) throw new AppError("NOT_FOUND", `${item} of ${node} is not overridden`);
    this.state = { ...this.state, overrides: left };
  }

  async revert(
    action: number,
    { untilMs, by }: { readonly untilMs: number; readonly by: string },
  ): Promise<readonly ItemOverride[]> {
    const before = this.revertible.get(action);
    if (before === undefined) throw new AppError("NOT_FOUND", `the audit has no record ${action}`);
    const made = { ...this.#overrideOf(before, by, untilMs), reason: `revert of ${action}` };
    this.#keep(made);
    return [made];
  }

  async prune(request: PruneRequest): Promise<PruneResult> {
    this.pruned.push(request);
    return this.pruneResult;
  }

  problems(): readonly string[] {
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #overrideOf({ node, item, value }: Pick<ItemOverride, "node" | "item" | "value">, by: string, untilMs: number) {
    const times = { at: new Date(madeAtMs).toISOString(), until: new Date(untilMs).toISOString() };
    return { reconciler: "node-labels", node, item, ...(value === undefined ? {} : { value }), by, ...times };
  }

  #keep(made: ItemOverride): void {
    const others = this.state.overrides.filter(({ node, item }) => node !== made.node || item !== made.item);
    this.state = { ...this.state, overrides: [...others, made] };
  }
}

function inDomain(item: string): string {
  return item.includes("/") || /^[A-Z]/.test(item) ? item : `${domain}/${item}`;
}
