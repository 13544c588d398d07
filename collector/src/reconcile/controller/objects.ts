/** The objects of all reconcilers, and what is remembered of each. */
import type { Change, Reconciler } from "../reconciler.ts";
import type { World } from "../world.ts";
import { emptyRecord, type ObjectRecord } from "./object-memory.ts";

/** Records by reconciler and key. */
export interface Objects {
  all(): Iterable<ObjectRecord>;
  /** The records that a change concerns. Those that are not there yet begin. */
  affected(change: Change, world: World, visit: (record: ObjectRecord) => void): void;
  /** The records of all keys that there are now; what there is no object of any more is forgotten. */
  list(world: World, visit: (record: ObjectRecord) => void): void;
  /** The same without forgetting. */
  listed(world: World): Iterable<ObjectRecord>;
  /** Undefined: there is no such reconciler, or no such object. */
  find(reconciler: string, key: string, world: World): ObjectRecord | undefined;
}

/** None yet; `firstDueAtMs` says when a new one is looked at without anything happening. */
export function createObjects(reconcilers: readonly Reconciler[], firstDueAtMs: () => number): Objects {
  const byReconciler = new Map(reconcilers.map((reconciler) => [reconciler, new Map<string, ObjectRecord>()]));

  function* all(): Generator<ObjectRecord> {
    for (const records of byReconciler.values()) yield* records.values();
  }

  function recall(reconciler: Reconciler, key: string): ObjectRecord {
    const records = byReconciler.get(reconciler);
    const record = records?.get(key) ?? emptyRecord(reconciler, key, firstDueAtMs());
    records?.set(key, record);
    return record;
  }

  function* listed(world: World): Generator<ObjectRecord> {
    for (const reconciler of reconcilers) for (const key of reconciler.keys(world)) yield recall(reconciler, key);
  }

  return {
    all,
    affected(change, world, visit) {
      for (const reconciler of reconcilers) {
        const keys = reconciler.affects(change, world);
        for (const key of keys === "all" ? reconciler.keys(world) : keys) visit(recall(reconciler, key));
      }
    },
    list(world, visit) {
      const present = new Set<ObjectRecord>();
      for (const record of listed(world)) {
        present.add(record);
        visit(record);
      }
      for (const [reconciler, records] of byReconciler) {
        for (const [key, record] of records) {
          if (!present.has(record) && !record.isWriting && reconciler.seen(world, key) === undefined) records.delete(key);
        }
      }
    },
    listed,
    find(name, key, world) {
      const reconciler = reconcilers.find((each) => each.name === name);
      if (reconciler === undefined) return undefined;
      const known = byReconciler.get(reconciler)?.get(key);
      return known ?? (reconciler.keys(world).includes(key) ? recall(reconciler, key) : undefined);
    },
  };
}
