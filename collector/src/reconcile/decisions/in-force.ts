/**
 * Which overrides count. People write into the object by hand, and the domain of labels may change: what is neither a label of our domain nor a tag of
 * Longhorn is left alone, whatever stands there. Pure.
 */
import { itemOf } from "../longhorn/longhorn-items.ts";
import { longhornDisksName } from "../longhorn/see-longhorn-disks.ts";
import { domainOfKey } from "../support/label-syntax.ts";
import type { Decisions, Override } from "./decisions.ts";

/** The reconciler whose items people may want otherwise: what a condition says is no wish, and a taint is the policy's alone. Beside it, tags of Longhorn. */
export const overridable = "node-labels";

/** Whether people may want an item otherwise: how a disk is switched, its health decides, and Longhorn's own page. */
export function isOverridable(reconciler: string, item: string, domain: string): boolean {
  if (reconciler === overridable) return domainOfKey(item) === domain;
  return reconciler === longhornDisksName && isTag(item);
}

/** Whether it is a tag of Longhorn. */
export function isTag(item: string): boolean {
  const kind = itemOf(item)?.kind;
  return kind === "node-tag" || kind === "disk-tag";
}

/** Decisions without overrides that are none of what people may want otherwise; ended ones stay. */
export function withoutForeign(decisions: Decisions, domain: string): Decisions {
  if (decisions.overrides.every((override) => isOurs(override, domain))) return decisions;
  return { ...decisions, overrides: decisions.overrides.filter((override) => isOurs(override, domain)) };
}

/** Those that count now. */
export function overridesInForce(decisions: Decisions | undefined, domain: string, nowMs: number): readonly Override[] {
  return (decisions?.overrides ?? []).filter((override) => override.untilMs > nowMs && isOurs(override, domain));
}

/** What is wrong with the others that did not end, in words. */
export function foreignOverrides(decisions: Decisions | undefined, domain: string, nowMs: number): readonly string[] {
  return (decisions?.overrides ?? [])
    .filter((override) => override.untilMs > nowMs && !isOurs(override, domain))
    .map(
      ({ key, item }) =>
        `the override of ${item} on ${key} does not count: only labels of ${domain} and tags of Longhorn can be overridden`,
    );
}

function isOurs({ reconciler, item }: Override, domain: string): boolean {
  return isOverridable(reconciler, item, domain);
}
