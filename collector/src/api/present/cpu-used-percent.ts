/** How busy the processors were between the last two readings. */
import type { SubjectState } from "../../state/subject-state.ts";

/** Where a processor's time goes (proc_stat(5)); every kernel that is supported counts all of them. */
const busyNames = ["user", "nice", "system", "irq", "softirq", "steal"] as const;
const idleNames = ["idle", "iowait"] as const;

/**
 * Share of time that was not idle, 0-100 over all processors. Undefined without two readings, when one lacks a part, or when a counter fell
 * (a reboot lies between them; `iowait` may fall a little by itself and then counts as none).
 */
export function cpuUsedPercent(cpu: Pick<SubjectState, "samples" | "previousSamples">): number | undefined {
  const { samples, previousSamples } = cpu;
  if (previousSamples === undefined) return undefined;
  const spent = (part: string): number => {
    const name = `${part}_seconds_total`;
    const seconds = (samples.get(name) ?? Number.NaN) - (previousSamples.get(name) ?? Number.NaN);
    return part === "iowait" && seconds < 0 ? 0 : seconds;
  };
  const busy = busyNames.map(spent);
  const idle = idleNames.map(spent);
  const isKnown = [...busy, ...idle].every((seconds) => seconds >= 0); // false for NaN
  const total = sum(busy) + sum(idle);
  return isKnown && total > 0 ? (100 * sum(busy)) / total : undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
