/** The audit without what was only begun: a write on the cluster is written down before and after, and the end says it all. */
import type { AuditRecord } from "../../api/audit.ts";

/** The records, newest first, without those that another one ended; that one has their changes. What never ended, stays. */
export function foldAudit(records: readonly AuditRecord[]): readonly AuditRecord[] {
  const ends = new Map<string, number[]>();
  const folded: (AuditRecord | undefined)[] = [...records];
  for (const [index, record] of records.entries()) {
    const key = JSON.stringify([record.actor, record.action, record.target]);
    if (record.outcome !== "begun") {
      ends.set(key, [...(ends.get(key) ?? []), index]);
      continue;
    }
    const endIndex = ends.get(key)?.pop(); // writes of one object follow each other: the end that is next after the beginning
    const end = endIndex === undefined ? undefined : folded[endIndex];
    if (end === undefined || endIndex === undefined) continue;
    folded[index] = undefined;
    if (end.changes === undefined && record.changes !== undefined) folded[endIndex] = { ...end, changes: record.changes };
  }
  return folded.filter((record) => record !== undefined);
}
