/** How many things fit into a time, learnt from how long those before took. */

/** It. */
export interface BatchSize {
  /** As many as fit; `most` until something was measured. */
  readonly current: number;
  /** So many took so long together. */
  took(count: number, durationMs: number): void;
}

/** What bounds it. */
export interface BatchLimits {
  readonly budgetMs: number;
  /** However long they take. */
  readonly least: number;
  readonly most: number;
}

/** How much the last measurement counts. */
const weight = 0.2;

/** Nothing was measured yet. */
export function createBatchSize({ budgetMs, least, most }: BatchLimits): BatchSize {
  let typicalMs = 0;
  return {
    get current() {
      const fitting = typicalMs === 0 ? most : Math.floor(budgetMs / typicalMs);
      return Math.min(most, Math.max(least, fitting));
    },
    took(count, durationMs) {
      if (count > 0) typicalMs += (durationMs / count - typicalMs) * weight;
    },
  };
}
