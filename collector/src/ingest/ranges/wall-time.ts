/** Moments that a machine says: by its own clock, which may be wrong, but not beyond what any clock says. */
import type { Check } from "../check.ts";
import { isWallTime } from "../place.ts";

/** A moment in ms since 1970, or unknown. */
export const wallTime: Check<bigint | undefined> = (value, problems) => {
  if (value === undefined || isWallTime(value)) return value;
  problems.report("number_range", `${value} is no time that a clock says`);
  return undefined;
};
