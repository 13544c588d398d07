/** Series by what they mean, filled from blocks of observations and from roll-ups, in order of time. */
import type { RollUpChunk, RollUpSeries } from "../codec/roll-up-chunk.ts";
import type { SampleBlock } from "../codec/sample-block.ts";
import { isCounter, SeriesBuilder } from "../series/series-builder.ts";
import type { LayoutsTable, SeriesKey } from "../tables/layouts-table.ts";

/** What is collected. */
export interface SeriesSetOptions {
  /** Width of the buckets; 0: a point for each observation. */
  readonly stepMs: number;
  /** Which series; all of them when undefined. */
  readonly isWanted?: ((key: SeriesKey) => boolean) | undefined;
}

/** From `fromMs` until just before `untilMs`. */
export interface TimeRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A series with what it means. */
export interface NamedSeries {
  readonly key: SeriesKey;
  readonly series: RollUpSeries;
}

interface NamedBuilder extends NamedSeries {
  readonly series: SeriesBuilder;
}

/** Collects series. */
export class SeriesSet {
  readonly #layouts: LayoutsTable;
  readonly #options: SeriesSetOptions;
  readonly #series = new Map<string, NamedBuilder>();
  /** For each layout its wanted positions. */
  readonly #positions = new Map<number, readonly { readonly position: number; readonly builder: SeriesBuilder }[]>();

  constructor(layouts: LayoutsTable, options: SeriesSetOptions) {
    this.#layouts = layouts;
    this.#options = options;
  }

  /** True when a layout has a series that is wanted. */
  wantsLayout(layoutId: number): boolean {
    return this.#positionsOf(layoutId).length > 0;
  }

  /** Observations before the range serve the first rate in it. */
  addBlock(block: SampleBlock, { fromMs, untilMs }: TimeRange): void {
    const wanted = block.shapes.map(({ layoutId, valueCount }, shape) =>
      this.#positionsOf(layoutId)
        .filter(({ position }) => position < valueCount)
        .map(({ position, builder }) => ({ builder, values: block.column(shape, position) })),
    );
    const nextOfShape = block.shapes.map(() => 0);
    for (const [row, atMs] of block.observedAtMs.entries()) {
      if (atMs >= untilMs) return;
      const shape = block.shapeOfRow[row] ?? 0;
      const next = nextOfShape[shape] ?? 0;
      nextOfShape[shape] = next + 1;
      const intervalMs = block.intervalMs[row] ?? 0;
      for (const { builder, values } of wanted[shape] ?? []) {
        const value = values[next] ?? Number.NaN;
        if (atMs < fromMs) builder.notePrevious(atMs, value, intervalMs);
        else builder.addReading(atMs, value, intervalMs);
      }
    }
  }

  /** The points of a chunk that start in the range. */
  addRollUp(chunk: RollUpChunk, range: TimeRange): void {
    for (const { position, builder } of this.#positionsOf(chunk.layoutId)) {
      const series = chunk.series[position];
      if (series !== undefined) addPoints(builder, series, range);
    }
  }

  /** Series that have points. */
  series(): readonly NamedSeries[] {
    return [...this.#series.values()].filter(({ series }) => series.atMs.length > 0);
  }

  #positionsOf(layoutId: number): readonly { readonly position: number; readonly builder: SeriesBuilder }[] {
    const known = this.#positions.get(layoutId);
    if (known !== undefined) return known;
    const positions = this.#layouts
      .keysOf(layoutId)
      .map((key, position) => ({ key, position }))
      .filter(({ key }) => this.#options.isWanted?.(key) ?? true)
      .map(({ key, position }) => ({ position, builder: this.#builderOf(key) }));
    this.#positions.set(layoutId, positions);
    return positions;
  }

  #builderOf(key: SeriesKey): SeriesBuilder {
    const words = `${key.kind}\0${key.id}\0${key.name}`;
    const known = this.#series.get(words);
    if (known !== undefined) return known.series;
    const series = new SeriesBuilder({ isRate: isCounter(key.name), stepMs: this.#options.stepMs });
    this.#series.set(words, { key, series });
    return series;
  }
}

function addPoints(builder: SeriesBuilder, series: RollUpSeries, { fromMs, untilMs }: TimeRange): void {
  for (const [index, atMs] of series.atMs.entries()) {
    if (atMs < fromMs) continue;
    if (atMs >= untilMs) return;
    const [weight = 0, average = Number.NaN] = [series.weight[index], series.average[index]];
    builder.addPoint(atMs, weight, average, series.minimum[index] ?? average, series.maximum[index] ?? average);
  }
}
