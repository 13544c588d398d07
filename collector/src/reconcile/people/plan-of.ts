/** The plan: every step that would be taken, what it waits for, and what cannot be told. Pure. */
import { createHash } from "node:crypto";
import type { Plan, PlannedOperation } from "@nodekeeper/shared/api";
import type { Policy } from "../../policy/policy.ts";
import type { ObjectPicture } from "../controller/controller.ts";

/** Makes it. Its hash is empty where nothing waits for somebody's yes. */
export function planOf(pictures: Iterable<ObjectPicture>, isApproved: boolean, modes: Policy["modes"]): Plan {
  const operations: PlannedOperation[] = [];
  const held: Plan["held"] = [];
  for (const { reconciler, key: node, decision, seen, operations: steps } of pictures) {
    if (seen === undefined) continue; // there is nothing to write to
    const { name } = reconciler;
    for (const { operation, waiting } of steps) {
      const { item, kind, before, after, why } = operation;
      operations.push({
        ...{ reconciler: name, node, item, kind, class: operation.class, why: why.text },
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
        ...(waiting === undefined ? {} : { waiting }),
      });
    }
    if (decision.kind === "hold") held.push({ reconciler: name, node, item: "", reason: decision.reason });
    else {
      for (const [item, wanted] of decision.items)
        if (wanted.kind === "hold") held.push({ reconciler: name, node, item, reason: wanted.reason });
    }
  }
  const approvable = operations.filter((operation) => isLetGo(operation, modes));
  return { hash: hashOf(approvable), isApproved, operations: operations.toSorted(byPlace), held: held.toSorted(byPlace) };
}

/** Whether an approval lets a step go: what its class's mode never does, it does not either. */
export function isLetGo({ waiting, class: actionClass }: PlannedOperation, modes: Policy["modes"]): boolean {
  if (modes[actionClass] === "off") return false;
  return waiting?.for === "approval" || waiting?.for === "mode";
}

/** A step as its plan's hash counts it: what it does, and neither when nor why. */
export function lineOf({ reconciler, node, item, kind, class: actionClass, before, after }: PlannedOperation): string {
  return JSON.stringify([reconciler, node, item, kind, actionClass, before ?? null, after ?? null]);
}

function hashOf(operations: readonly PlannedOperation[]): string {
  if (operations.length === 0) return "";
  return createHash("sha256").update(operations.map(lineOf).sort().join("\n")).digest("hex").slice(0, 16);
}

interface Place {
  readonly node: string;
  readonly reconciler: string;
  readonly item: string;
}

function byPlace(a: Place, b: Place): number {
  return compare(a.node, b.node) || compare(a.reconciler, b.reconciler) || compare(a.item, b.item);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
