/**
 * Places what a node observed on the collector's clock. Wall clocks of nodes are not believed: an age is measured on the boot-time clock,
 * and only what comes from an earlier boot, which that clock cannot tell, by the difference of two wall times of the node. Pure.
 */
import type { Observation } from "@nodekeeper/proto";

/** Both clocks of the node when a report was sent, and ours when it came. */
export interface ReportClocks {
  readonly sentAtUnixMs: bigint;
  readonly sentUptimeMs: bigint;
  readonly receivedAtMs: number;
}

/** What comes after is no date that anyone set. */
const latestUnixMs = BigInt(Date.UTC(2200, 0, 1));
/** Older than this nothing can be in a spool. */
const maximumAgeMs = 90 * 24 * 3_600_000;
/** A run that seems to have begun after its report was sent: rounding, or a wall clock that was set back a little. */
const toleratedFutureMs = 5 * 60_000;

/** True for a wall time that a node may have, be its clock set or not. */
export function isWallTime(unixMs: bigint): boolean {
  return unixMs >= 0n && unixMs <= latestUnixMs;
}

/** The node's wall clock minus ours; undefined when the report does not say. The time in transit is counted in. */
export function clockSkewMs(clocks: ReportClocks): number | undefined {
  if (clocks.sentAtUnixMs === 0n || !isWallTime(clocks.sentAtUnixMs)) return undefined;
  return Number(clocks.sentAtUnixMs) - clocks.receivedAtMs;
}

/** When it was observed, by the collector's clock and never later than it was received; undefined when its times make no sense. */
export function placeObservation(
  observation: Pick<Observation, "observedAtUnixMs" | "uptimeMs" | "isFromEarlierBoot">,
  clocks: ReportClocks,
): number | undefined {
  const isUptimeComparable = !observation.isFromEarlierBoot && observation.uptimeMs > 0n && clocks.sentUptimeMs > 0n;
  const ageMs = isUptimeComparable
    ? Number(clocks.sentUptimeMs - observation.uptimeMs)
    : Number(clocks.sentAtUnixMs - observation.observedAtUnixMs);
  if (!isWallTime(observation.observedAtUnixMs)) return undefined;
  if (ageMs > maximumAgeMs || ageMs < -toleratedFutureMs) return undefined;
  return clocks.receivedAtMs - Math.max(0, ageMs);
}
