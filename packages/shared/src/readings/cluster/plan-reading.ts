/** A plan as people read it: steps with a mark and few words, and a plan for a thousand nodes as the few kinds of steps that it is made of. */
import type { AuditRecord } from "../../api/audit.ts";
import type { Plan, PlannedOperation, Waiting } from "../../api/reconcile.ts";
import { formatIn } from "../../format.ts";

/** A step as a line of a diff. */
export type OperationMark = "+" | "~" | "-";

/** Steps that differ only in their node. */
export interface OperationGroup {
  /** One of them. */
  readonly operation: PlannedOperation;
  readonly nodes: readonly string[];
}

/** Things that cannot be told, for one reason. */
export interface HeldGroup {
  /** Keys, or "all labels". */
  readonly items: readonly string[];
  readonly reason: string;
  readonly nodes: readonly string[];
}

/** Whether something comes, changes or goes. */
export function operationMark({ before, after }: Pick<PlannedOperation, "before" | "after">): OperationMark {
  if (after === undefined) return "-";
  return before === undefined ? "+" : "~";
}

/** The domain that most of these keys have, e.g. nodekeeper.axiomlayer.com; "" where none has one. "disks" of a setting of Longhorn is none. */
export function commonDomain(items: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const item of items) {
    const [domain = "", key] = item.split("/");
    if (key !== undefined && domain.includes(".")) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}

/** A key without the domain that everybody knows already. */
export function shortKey(item: string, domain: string): string {
  return domain !== "" && item.startsWith(`${domain}/`) ? item.slice(domain.length + 1) : item;
}

/** An item, or of a node that is held as a whole all that a reconciler writes there: "all labels" for node-labels. */
export function itemText({ reconciler, item }: Pick<PlannedOperation, "reconciler" | "item">, domain = ""): string {
  if (item !== "") return shortKey(item, domain);
  return reconciler === "" ? "" : `all ${reconciler.replace(/^node-/, "").replace(/^longhorn-.*/, "of Longhorn")}`;
}

/** "storage-class=nvme", "gpu.memory-gib: 4 → 8", "gpu.product=rtx-3050-ti" for one that goes. */
export function changeText({ item, before, after }: Pick<PlannedOperation, "item" | "before" | "after">, domain: string): string {
  const key = shortKey(item, domain);
  if (before !== undefined && after !== undefined) return `${key}: ${arrow(before, after)}`;
  const value = shortValue(after ?? before ?? "");
  return value === "" ? key : `${key}=${value}`;
}

/** A condition's status and reason without its message: "True NoFaultKnown: no fault is known" → "True NoFaultKnown". Others are short as they are. */
export function shortValue(value: string): string {
  return value.split(": ")[0] ?? value;
}

/** What a record of the audit changed, in a line: "storage-class: ssd → nvme, gpu.product: a → gone"; where only whose it is changed, "board: x, as before". */
export function changesText(changes: AuditRecord["changes"] = []): string {
  const domain = commonDomain(changes.map(({ item }) => item));
  return changes
    .map(({ item, before = "nothing", after = "gone" }) => `${shortKey(item, domain)}: ${arrow(before, after)}`)
    .join(", ");
}

/** What a step waits for, as the end of a sentence: "it must be so for a while before it is done (in 40 s)". */
export function waitingText({ text, until }: Waiting, nowMs: number): string {
  const clause = `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
  return until === undefined ? clause : `${clause} (${formatIn(until, nowMs)})`;
}

/** Those that go when the plan is approved. */
export function approvable({ operations }: Pick<Plan, "operations">): readonly PlannedOperation[] {
  return operations.filter(({ waiting }) => waiting?.for === "approval" || waiting?.for === "mode");
}

/** Steps by what they do, those of most nodes first within their kind. */
export function operationGroups(operations: readonly PlannedOperation[]): readonly OperationGroup[] {
  const order: readonly OperationMark[] = ["+", "~", "-"];
  const likeness = ({ reconciler, item, kind, before, after, waiting }: PlannedOperation) =>
    JSON.stringify([reconciler, item, kind, before, after, waiting?.for]);
  return grouped(operations, likeness)
    .map((some) => ({ operation: some[0], nodes: some.map(({ node }) => node) }))
    .sort(
      (a, b) =>
        order.indexOf(operationMark(a.operation)) - order.indexOf(operationMark(b.operation)) || b.nodes.length - a.nodes.length,
    );
}

/** Steps by node, in the order of names. */
export function operationsByNode(
  operations: readonly PlannedOperation[],
): readonly (readonly [string, readonly PlannedOperation[]])[] {
  return grouped(operations, ({ node }) => node)
    .map((some) => [some[0].node, some] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What cannot be told by its reason, that of most nodes first. */
export function heldGroups(held: Plan["held"]): readonly HeldGroup[] {
  const single = grouped(held, (one) => JSON.stringify([itemText(one), one.reason])).map((some) => ({
    ...{ item: itemText(some[0]), reason: some[0].reason },
    nodes: [...new Set(some.map(({ node }) => node))].sort(),
  }));
  return grouped(single, ({ reason, nodes }) => JSON.stringify([reason, nodes]))
    .map((some) => ({ items: some.map(({ item }) => item).sort(), reason: some[0].reason, nodes: some[0].nodes }))
    .sort((a, b) => b.nodes.length - a.nodes.length);
}

/** "neko, otter and 7 more". */
export function namesText(names: readonly string[], atMost: number): string {
  const shown = names.length <= atMost + 1 ? names : names.slice(0, atMost);
  const rest = names.length - shown.length;
  return rest === 0 ? shown.join(", ") : `${shown.join(", ")} and ${rest.toLocaleString("en")} more`;
}

/** From one to the other; the whole texts where only their ends differ. */
function arrow(before: string, after: string): string {
  if (before === after) return `${shortValue(after)}, as before`;
  const isShort = shortValue(before) !== shortValue(after);
  return isShort ? `${shortValue(before)} → ${shortValue(after)}` : `${before} → ${after}`;
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly (readonly [Item, ...Item[]])[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
