/** Puts series with times of their own onto one time axis. Pure. */
import type { HistorySeries } from "@nodekeeper/shared/api";
import type { PlotLine } from "./plot.tsx";

/** Times and lines of a plot. */
export interface Aligned {
  readonly at: readonly number[];
  readonly lines: readonly PlotLine[];
}

/** The union of all times; a series has null where it has no value of its own. */
export function alignSeries(series: readonly HistorySeries[], labelOf: (series: HistorySeries) => string): Aligned {
  const at = [...new Set(series.flatMap((one) => one.at))].sort((a, b) => a - b);
  const positions = new Map(at.map((time, index) => [time, index]));
  return {
    at,
    lines: series.map((one) => {
      const values: (number | null)[] = new Array(at.length).fill(null);
      one.at.forEach((time, index) => {
        values[positions.get(time) ?? -1] = one.average[index] ?? null;
      });
      return { label: labelOf(one), values };
    }),
  };
}

/** Series computed from several of one subject, time by time: used percent from used and available, say. */
export function combineSeries(
  series: readonly HistorySeries[],
  names: readonly string[],
  combine: (...values: readonly number[]) => number | null,
): readonly HistorySeries[] {
  const ids = [...new Set(series.map((one) => one.id))];
  return ids.flatMap((id) => {
    const parts = names.map((name) => series.find((one) => one.id === id && one.name === name));
    const [first] = parts;
    if (first === undefined || parts.some((part) => part === undefined)) return [];
    const lookups = parts.map((part) => new Map(part?.at.map((time, index) => [time, part.average[index] ?? null])));
    const average = first.at.map((time) => {
      const values = lookups.map((lookup) => lookup.get(time) ?? null);
      return values.every((value) => value !== null) ? combine(...values) : null;
    });
    return [{ ...first, name: names.join("+"), average }];
  });
}
