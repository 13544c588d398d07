import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { StoreEngine } from "../engine/store-engine.ts";
import { type WriteOutcome, WriteQueue } from "./write-queue.ts";

/** An engine that only counts transactions, and fails those that it is told to. */
class CountingEngine implements Pick<StoreEngine, "transaction"> {
  readonly sizes: number[] = [];
  failure: AppError | undefined;
  #writes = 0;

  transaction<Result>(_attempt: string, work: () => Result): Result {
    this.#writes = 0;
    const result = work();
    if (this.failure !== undefined) throw this.failure;
    this.sizes.push(this.#writes);
    return result;
  }

  write = (): void => {
    this.#writes += 1;
  };
}

function queueWith(engine: CountingEngine): { queue: WriteQueue; outcomes: WriteOutcome[] } {
  const outcomes: WriteOutcome[] = [];
  // Only `transaction` is used.
  const queue = new WriteQueue(engine as unknown as StoreEngine, (outcome) => outcomes.push(outcome));
  return { queue, outcomes };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("WriteQueue", () => {
  it("puts all that waits into one transaction", async () => {
    const engine = new CountingEngine();
    const { queue, outcomes } = queueWith(engine);

    for (let id = 1; id <= 5; id += 1) queue.add({ id, size: 1, run: engine.write });
    await nextTurn();

    expect(engine.sizes).toEqual([5]);
    expect(outcomes).toEqual([{ written: [1, 2, 3, 4, 5], failed: [] }]);
  });

  it("bounds a transaction, and takes a large write all the same", async () => {
    const engine = new CountingEngine();
    const { queue, outcomes } = queueWith(engine);

    queue.add({ id: 1, size: 50_000, run: engine.write });
    for (let id = 2; id <= 4; id += 1) queue.add({ id, size: 4000, run: engine.write });
    queue.drain();

    expect(engine.sizes).toEqual([1, 2, 1]);
    expect(outcomes.flatMap(({ written }) => written)).toEqual([1, 2, 3, 4]);
    await nextTurn();
  });

  it("fails all that waits when the disk fails", () => {
    const engine = new CountingEngine();
    const { queue, outcomes } = queueWith(engine);
    engine.failure = new AppError("STORE_FULL", "full", { context: { code: "SQLITE_FULL" } });

    for (let id = 1; id <= 3; id += 1) queue.add({ id, size: 1, run: engine.write });
    queue.drain();

    expect(outcomes.flatMap(({ failed }) => failed.map(({ id, error }) => [id, error.code]))).toEqual([
      [1, "STORE_FULL"],
      [2, "STORE_FULL"],
      [3, "STORE_FULL"],
    ]);
    expect(engine.sizes).toEqual([]);
  });

  it("does not let a write that is wrong in itself take the others with it", () => {
    const engine = new CountingEngine();
    const { queue, outcomes } = queueWith(engine);
    const wrong = (): never => {
      throw new AppError("STORE_FAILED", "NOT NULL", { context: { code: "SQLITE_CONSTRAINT_NOTNULL" } });
    };

    queue.add({ id: 1, size: 1, run: engine.write });
    queue.add({ id: 2, size: 1, run: wrong });
    queue.add({ id: 3, size: 1, run: engine.write });
    queue.drain();

    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.written).toEqual([1, 3]);
    expect(outcomes[0]?.failed.map(({ id }) => id)).toEqual([2]);
  });
});
