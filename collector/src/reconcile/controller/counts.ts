/** Numbers of each reconciler, from what is remembered of its objects. Pure. */
import type { Waiting } from "@nodekeeper/shared/api";
import type { Reconciler } from "../reconciler.ts";
import type { ReconcilerCounts } from "./controller.ts";
import type { ObjectRecord } from "./object-memory.ts";
import { isFailing } from "./problems.ts";

/** Counts; `queued` are objects that wait for a look or a write. */
export function countsOf(
  reconcilers: readonly Reconciler[],
  records: Iterable<ObjectRecord>,
  queued: Iterable<ObjectRecord>,
): readonly ReconcilerCounts[] {
  const byName = new Map(
    reconcilers.map(({ name }) => [
      name,
      { queued: 0, waiting: 0, held: 0, failing: 0, writes: 0, waitingFor: new Map<Waiting["for"], number>() },
    ]),
  );
  for (const { reconciler } of queued) {
    const counts = byName.get(reconciler.name);
    if (counts !== undefined) counts.queued += 1;
  }
  for (const record of records) {
    const counts = byName.get(record.reconciler.name);
    if (counts === undefined) continue;
    counts.held += record.heldItems;
    counts.failing += isFailing(record) ? 1 : 0;
    counts.writes += record.writeCount;
    for (const [reason, count] of record.waitingFor) {
      counts.waiting += count;
      counts.waitingFor.set(reason, (counts.waitingFor.get(reason) ?? 0) + count);
    }
  }
  return [...byName].map(([name, { waitingFor, ...counts }]) => ({
    name,
    ...counts,
    waitingFor: Object.fromEntries(waitingFor),
  }));
}
