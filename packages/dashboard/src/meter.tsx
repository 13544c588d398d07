/** A share of something: a bar with its number. */
import { formatPercent } from "@nodekeeper/shared/format";
import type { JSX } from "preact";

/** From which share on a meter warns, and from which it is bad. */
export interface MeterLimits {
  readonly warning: number;
  readonly bad: number;
}

/** Limits of filesystems, as the rule disk-nearly-full has them. */
export const fillLimits: MeterLimits = { warning: 85, bad: 95 };

/** Limits of a drive's wear, as the rule disk-worn has them. */
export const wearLimits: MeterLimits = { warning: 80, bad: 100 };

/** Nothing is wrong with memory or CPU being used. */
export const noLimits: MeterLimits = { warning: Number.POSITIVE_INFINITY, bad: Number.POSITIVE_INFINITY };

/** A bar from 0 to 100 percent; unknown is an empty bar with a question mark. */
export function Meter(props: {
  readonly percent: number | undefined;
  readonly limits: MeterLimits;
  readonly label: string;
  /** In place of the percentage, where people think in other numbers. */
  readonly text?: string;
}): JSX.Element {
  const { percent, limits, label, text } = props;
  const tone = percent === undefined ? "unknown" : percent >= limits.bad ? "bad" : percent >= limits.warning ? "warning" : "good";
  return (
    <div class={`meter ${tone}`} title={label}>
      <span class="meter-track">
        <span class="meter-fill" style={{ width: `${Math.min(100, Math.max(0, percent ?? 0))}%` }} />
      </span>
      <span class="meter-number">{text ?? formatPercent(percent)}</span>
    </div>
  );
}
