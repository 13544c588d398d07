/**
 * Which object is written next. One reconciler never has all places for itself: where Longhorn's webhook takes ten seconds to refuse, what is to be
 * written on Nodes must not stand behind it.
 */
import { createLanes, type Lane } from "./lanes.ts";
import type { ObjectRecord } from "./object-memory.ts";

/** The queue. */
export interface WriteQueue {
  add(record: ObjectRecord, lane: Lane): void;
  /** The next one of a reconciler that has a place left, which is taken by it until `end`; undefined: there is none. */
  begin(): ObjectRecord | undefined;
  end(record: ObjectRecord): void;
  /** False: all that is in it waits for an end. */
  readonly hasNext: boolean;
  [Symbol.iterator](): Iterator<ObjectRecord>;
}

type Entry = NonNullable<ReturnType<ReturnType<typeof createLanes<ObjectRecord>>["take"]>>;

/** An empty one, in which each reconciler has so many places. */
export function createWriteQueue(placesOfOne: number): WriteQueue {
  const lanes = createLanes<ObjectRecord>();
  /** Objects under way, by reconciler. */
  const underWay = new Map<string, number>();
  /** Those whose reconciler had no place left when it was their turn. */
  const aside = new Map<ObjectRecord, Lane>();

  const isFull = (name: string): boolean => (underWay.get(name) ?? 0) >= placesOfOne;

  function takeFree(): Entry | undefined {
    for (let next = lanes.take(); next !== undefined; next = lanes.take()) {
      if (!isFull(next.item.reconciler.name)) return next;
      aside.set(next.item, next.lane);
    }
    return undefined;
  }

  return {
    add(record, lane) {
      if (!aside.has(record)) lanes.add(record, lane);
      else if (lane === "soon") aside.set(record, lane);
    },
    begin() {
      const next = takeFree()?.item;
      if (next !== undefined) underWay.set(next.reconciler.name, (underWay.get(next.reconciler.name) ?? 0) + 1);
      return next;
    },
    end({ reconciler: { name } }) {
      underWay.set(name, (underWay.get(name) ?? 1) - 1);
      for (const lane of ["soon", "later"] as const) {
        for (const [record, its] of aside) {
          if (record.reconciler.name !== name || its !== lane) continue;
          aside.delete(record);
          lanes.add(record, lane);
          return;
        }
      }
    },
    get hasNext() {
      return lanes.size > 0;
    },
    *[Symbol.iterator]() {
      yield* lanes;
      yield* aside.keys();
    },
  };
}
