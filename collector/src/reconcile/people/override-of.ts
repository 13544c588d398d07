/** What somebody wants of one label or tag of Longhorn for a while, checked against what can be written. Pure. */
import { AppError } from "@nodekeeper/shared";
import type { ItemOverride, OverrideRequest } from "@nodekeeper/shared/api";
import { problemOfTag } from "../../policy/file/key-syntax.ts";
import type { Policy } from "../../policy/policy.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { Override } from "../decisions/decisions.ts";
import { overridable } from "../decisions/in-force.ts";
import { itemOf, itemText, present } from "../longhorn/longhorn-items.ts";
import { longhornDisksName } from "../longhorn/see-longhorn-disks.ts";
import { domainOfKey, nameOfKey, problemOfLabelValue } from "../support/label-syntax.ts";
import { labelKey } from "./item-name.ts";

const nameForm = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const maximumNameLength = 63;

/** Makes it. Throws REQUEST_INVALID. */
export function overrideOf(
  { node, item: words, value, forSeconds, reason = "" }: OverrideRequest,
  { by, nowMs, policy }: { readonly by: string; readonly nowMs: number; readonly policy: Policy },
): Override {
  const common = { value, by, reason: reason.trim(), atMs: nowMs, untilMs: nowMs + forSeconds * 1_000 };
  if (itemOf(words) !== undefined) {
    return { ...common, reconciler: longhornDisksName, key: node, item: overridableTag(words, value) };
  }
  const item = overridableKey(words, policy);
  const problem = value === undefined ? undefined : problemOfLabelValue(value);
  if (problem !== undefined) throw refused(`${JSON.stringify(value)} cannot be a label: ${problem}`);
  return { ...common, reconciler: overridable, key: node, item };
}

/** The tag of Longhorn that somebody names: it is there (true), or it is not to be. */
function overridableTag(words: string, value: string | undefined): string {
  const item = itemOf(words);
  if (item === undefined || item.kind === "switch")
    throw refused(
      `${words} is decided by the health of the disk, and only tags can be overridden. Who wants a disk out of scheduling takes it out in Longhorn ` +
        "itself: what nodekeeper did not do, it does not undo",
    );
  const problem = problemOfTag(item.tag);
  if (problem !== undefined) throw refused(`${JSON.stringify(item.tag)} cannot be a tag: ${problem}`);
  if (value !== undefined && value !== present)
    throw refused(`a tag is there or not: ${words}=${present}, or ${words}- where it is not to be`);
  return itemText(item);
}

/** The key of a label that somebody names. Throws REQUEST_INVALID where it is none that may be overridden. */
export function overridableKey(words: string, policy: Policy): string {
  const { domain, taints, labels, conditions } = policy;
  if (conditions.some((type) => type === words))
    throw refused(`${words} is a condition: it says what is, and is nobody's wish. Only labels can be overridden`);
  const item = labelKey(words, domain);
  const name = nameOfKey(item);
  if (domainOfKey(item) !== domain)
    throw refused(`${item} is not in our domain: only labels of ${domain} can be overridden, other ones are whose they are`);
  if (name.length > maximumNameLength || !nameForm.test(name))
    throw refused(
      `${JSON.stringify(words)} cannot be the key of a label: it has 1 to ${maximumNameLength} letters, digits, "-", "_" and "." only, ` +
        "and begins and ends with a letter or a digit",
    );
  if (taints.some(({ key }) => key === name) && !labels.some(({ key }) => key === name))
    throw refused(`${item} is a taint: only labels can be overridden. The policy says when it is there`);
  return item;
}

/** As the API shows it. */
export function shownOverride({ reconciler, key, item, value, by, reason, atMs, untilMs }: Override): ItemOverride {
  const shown = { reconciler, node: key, item, by, reason, at: isoTime(atMs), until: isoTime(untilMs) };
  return value === undefined ? shown : { ...shown, value };
}

/** Whether two are of one item of one object: the later one takes the earlier one's place. */
export function isSameItem(one: Override, other: Pick<Override, "reconciler" | "key" | "item">): boolean {
  return one.reconciler === other.reconciler && one.key === other.key && one.item === other.item;
}

function refused(message: string): AppError {
  return new AppError("REQUEST_INVALID", message);
}
