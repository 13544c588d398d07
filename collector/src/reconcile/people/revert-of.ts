/** What would keep an object as it was before one of our writes: an override for each label or tag that the write changed. Pure. */
import { AppError } from "@nodekeeper/shared";
import type { AuditRecord } from "@nodekeeper/shared/api";
import { readAction } from "../controller/audit-records.ts";
import type { Override } from "../decisions/decisions.ts";
import { isOverridable, isTag, overridable } from "../decisions/in-force.ts";
import { longhornDisksName } from "../longhorn/see-longhorn-disks.ts";
import { isSameItem } from "./override-of.ts";

/** What it is made of. */
export interface RevertInput {
  /** Of the audit; undefined: it has none of this id. */
  readonly record: AuditRecord | undefined;
  readonly action: number;
  readonly by: string;
  readonly nowMs: number;
  readonly untilMs: number;
  readonly domain: string;
  /** Those that are in force. */
  readonly overrides: readonly Override[];
}

/** Makes them. Throws NOT_FOUND, or CONFLICT where there is nothing that could be taken back. */
export function revertOf({ record, action, by, nowMs, untilMs, domain, overrides }: RevertInput): readonly Override[] {
  if (record === undefined) throw new AppError("NOT_FOUND", `the audit has no record ${action}`);
  const written = readAction(record.action);
  if (written === undefined || record.actor.kind !== "collector")
    throw conflict(`the record ${action} (${record.action}) is no write of ours on the cluster`);
  if (written.kind === "prune")
    throw conflict(`the record ${action} is of a prune: what it took back comes again when a plan is approved`);
  const { reconciler } = written;
  if (reconciler !== overridable && reconciler !== longhornDisksName)
    throw conflict(`the record ${action} is of ${reconciler}: only labels and tags can be kept otherwise than the policy wants`);
  if (record.outcome !== "done") throw conflict(`the record ${action} is of a write that ${fates[record.outcome]}`);
  const reason = `revert of ${action}`;
  const made = (record.changes ?? [])
    .filter(({ before, after }) => before !== after)
    .map(({ item, before }) => {
      if (reconciler === longhornDisksName && !isTag(item))
        throw conflict(
          `the record ${action} is of ${item}, which the health of the disk decides: only tags can be kept otherwise`,
        );
      if (!isOverridable(reconciler, item, domain))
        throw conflict(
          `the record ${action} is of ${item}, and our domain is ${domain} by now: nothing is written there any more`,
        );
      const override = { reconciler, key: record.target.name, item, value: before };
      return { ...override, by, reason, atMs: nowMs, untilMs };
    });
  if (made.length === 0) throw conflict(`the record ${action} changed nothing that could be taken back`);
  const isThere = ({ value, ...wanted }: Override): boolean =>
    overrides.some((override) => isSameItem(override, wanted) && override.value === value);
  if (made.every(isThere))
    throw conflict(`the record ${action} is reverted already: overrides keep ${made.map(({ item }) => item).join(", ")} so`);
  return made;
}

const fates: Readonly<Record<Exclude<AuditRecord["outcome"], "done">, string>> = {
  begun: "began: whether it was done stands in a later record, or nobody knows",
  refused: "was refused",
  failed: "failed",
};

function conflict(message: string): AppError {
  return new AppError("CONFLICT", message);
}
