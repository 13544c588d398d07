/** A series of a gauge, one reading to a point. */
import type { RollUpSeries } from "../codec/roll-up-chunk.ts";

/** From times and values; NaN is unknown. */
export function gauge(points: readonly (readonly [number, number])[]): RollUpSeries {
  const values = points.map(([, value]) => value);
  return {
    atMs: points.map(([atMs]) => atMs),
    weight: values.map((value) => (Number.isNaN(value) ? 0 : 1)),
    ...{ average: values, minimum: values, maximum: values },
  };
}
