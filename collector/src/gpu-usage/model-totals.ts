/** How a model was used, added up by hours of the last day and by days of the last month. */
import type { ModelEvent } from "./follow-models.ts";
import { partsOf, StepRing } from "./step-ring.ts";

/** Sums over some time. */
export interface ModelSums {
  readonly loadedMs: number;
  readonly loads: number;
  readonly reloads: number;
  readonly evictions: number;
}

/** Steps that follow each other, four numbers each. */
export interface TotalCells {
  readonly first: number;
  readonly numbers: readonly number[];
}

/** As it is written down. */
export interface KeptTotals {
  readonly hours: TotalCells;
  readonly days: TotalCells;
  readonly lastLoadedAtMs?: number | undefined;
  readonly lastEvictedAtMs?: number | undefined;
}

/** How finely. */
export type Grain = "hours" | "days";

/** Its length. */
export const grainMs: Readonly<Record<Grain, number>> = { hours: 3_600_000, days: 86_400_000 };

/** A day and the hour that runs; a month and the day that runs. */
const counts: Readonly<Record<Grain, number>> = { hours: 25, days: 31 };
const grains: readonly Grain[] = ["hours", "days"];
/** Loaded ms, loads, reloads, evictions. */
const width = 4;
const place = { load: 1, reload: 2, eviction: 3 } as const;

/** Of one model of one server. A class, since a large fleet has tens of thousands of them. */
export class ModelTotals {
  lastLoadedAtMs: number | undefined;
  lastEvictedAtMs: number | undefined;
  readonly #rings: Readonly<Record<Grain, StepRing>> = {
    hours: new StepRing(counts.hours, width),
    days: new StepRing(counts.days, width),
  };
  readonly #sinceStart = [0, 0, 0, 0];

  add(event: ModelEvent): void {
    if (event.kind === "time") {
      this.#addTime(event.fromMs, event.untilMs);
      return;
    }
    this.#addOne(place[event.kind], event.atMs);
    if (event.kind === "eviction") this.lastEvictedAtMs = event.atMs;
    else this.lastLoadedAtMs = event.atMs;
  }

  /** Over the hours, or the days of UTC, from the one of a time to that of another, both with. */
  sum(grain: Grain, fromMs: number, untilMs: number): ModelSums {
    const sums = [0, 0, 0, 0];
    const last = Math.floor(untilMs / grainMs[grain]);
    for (let step = Math.floor(fromMs / grainMs[grain]); step <= last; step += 1) {
      const cell = this.#rings[grain].read(step);
      if (cell !== undefined) for (const [at, number] of cell.entries()) sums[at] = (sums[at] ?? 0) + number;
    }
    return sumsOf(sums);
  }

  /** The newest day of which anything is known. */
  get newestDay(): number | undefined {
    return this.#rings.days.newest;
  }

  /** Since this process began; grows only. */
  get sinceStart(): ModelSums {
    return sumsOf(this.#sinceStart);
  }

  /** The hours or days from the one of a time on, as they are written down. */
  cells(grain: Grain, fromMs: number): TotalCells {
    const ring = this.#rings[grain];
    const { newest } = ring;
    if (newest === undefined) return { first: 0, numbers: [] };
    const first = Math.max(newest - counts[grain] + 1, Math.floor(fromMs / grainMs[grain]));
    const numbers: number[] = [];
    for (let step = first; step <= newest; step += 1) numbers.push(...(ring.read(step) ?? []).map(Math.round));
    return { first, numbers };
  }

  /** What was written down comes back: in place of what is there. */
  restore(kept: KeptTotals): void {
    for (const grain of grains) {
      const { first, numbers } = kept[grain];
      for (const [at, number] of numbers.entries()) this.#rings[grain].cell(first + Math.floor(at / width))[at % width] = number;
    }
    this.lastLoadedAtMs = kept.lastLoadedAtMs;
    this.lastEvictedAtMs = kept.lastEvictedAtMs;
  }

  /** A time twice, after the clock was set back, makes no hour longer than it is. */
  #addTime(fromMs: number, untilMs: number): void {
    this.#sinceStart[0] = (this.#sinceStart[0] ?? 0) + Math.max(0, untilMs - fromMs);
    for (const grain of grains) {
      for (const { step, partMs } of partsOf(fromMs, untilMs, grainMs[grain])) {
        const cell = this.#rings[grain].cell(step);
        cell[0] = Math.min(grainMs[grain], (cell[0] ?? 0) + partMs);
      }
    }
  }

  #addOne(at: 1 | 2 | 3, atMs: number): void {
    this.#sinceStart[at] = (this.#sinceStart[at] ?? 0) + 1;
    for (const grain of grains) {
      const cell = this.#rings[grain].cell(Math.floor(atMs / grainMs[grain]));
      cell[at] = (cell[at] ?? 0) + 1;
    }
  }
}

function sumsOf([loadedMs = 0, loads = 0, reloads = 0, evictions = 0]: readonly number[]): ModelSums {
  return { loadedMs, loads, reloads, evictions };
}
