/** How soon changes are told: at once as a rule, and seldom where they do not end, as in a large tailnet. Pure. */

/** So many changes in a row are told at once … */
const burst = 10;
/** … and then one in this time. */
const refillMs = 10_000;
/** Never more often than this. */
const gapMs = 1_000;

/** What is left of it. */
export interface ChangeAllowance {
  readonly left: number;
  readonly atMs: number;
}

/** The whole of it. */
export function fullAllowance(nowMs: number): ChangeAllowance {
  return { left: burst, atMs: nowMs };
}

/** After one more was told: what is left, and how long to wait before the next. */
export function spend(
  allowance: ChangeAllowance,
  nowMs: number,
): { readonly allowance: ChangeAllowance; readonly waitMs: number } {
  const left = Math.min(burst, allowance.left + (nowMs - allowance.atMs) / refillMs) - 1;
  return { allowance: { left, atMs: nowMs }, waitMs: left >= 1 ? gapMs : Math.max(gapMs, (1 - left) * refillMs) };
}
