/** What a channel is to tell of a finding now, if anything. Pure: by the finding as it is, and by what the channel told of it before. */
import type { Finding, Severity } from "@nodekeeper/shared/api";
import { compareSeverity } from "../evaluate/severity.ts";
import type { Telling, Told } from "./notice.ts";
import { isRecent, recentOf } from "./told.ts";

/** What a channel wants to hear of. */
export interface Wanted {
  /** Told when they fire, when they get worse, and when they are over. */
  readonly severities: readonly Severity[];
  /** Whether findings of low severity are told once, gathered. */
  readonly advice: boolean;
}

/** So often within an hour a finding is told; the next time it is said that it flaps, and then it is silent until it is calm. */
const maximumTellings = 3;

/** What is to be told of one finding. `finding` is the open one; undefined: there is none. */
export function decideTelling(
  wanted: Wanted,
  told: Told | undefined,
  finding: Finding | undefined,
  nowMs: number,
): Telling | undefined {
  if (told?.flapping !== undefined && isRecent(told.flapping.movedAtMs, nowMs))
    return finding !== undefined && isLouder(wanted, told, finding) ? "worse" : undefined;
  if (finding?.state !== "firing") return told?.state === "open" ? "resolved" : undefined;
  if (!isTellable(finding)) return undefined;
  if (wanted.severities.includes(finding.severity)) {
    if (told?.state === "open" && !isWorse(told, finding)) return undefined;
    if (recentOf(told, nowMs).length >= maximumTellings) return "flapping";
    return told?.state === "open" ? "worse" : "firing";
  }
  const isAdvised = told?.state === "open" || told?.advisedAtMs !== undefined;
  return finding.severity === "low" && wanted.advice && !isAdvised ? "advice" : undefined;
}

/** The memory of one that flaps after a look at it: it came or went, or it is calm again and spoken of as any other. */
export function watchFlapping(told: Told, finding: Finding | undefined, nowMs: number): Told {
  if (told.flapping === undefined) return told;
  const isFiring = finding?.state === "firing";
  if (isFiring !== told.flapping.isFiring) return { ...told, flapping: { isFiring, movedAtMs: nowMs } };
  if (isRecent(told.flapping.movedAtMs, nowMs)) return told;
  const { flapping: _, ...calm } = told;
  return calm;
}

/** Whether people may be told of it: not of what stands as it was, nor of consequences, nor of what somebody set aside. */
export function isTellable({ isHeld, suppressedBy, attention }: Finding): boolean {
  return !isHeld && suppressedBy === undefined && attention?.isQuiet !== true;
}

/** What flaps quietly does not hide that it became critical. */
function isLouder({ severities }: Wanted, told: Told, finding: Finding): boolean {
  const { state, severity } = finding;
  return (
    state === "firing" && isTellable(finding) && severities.includes(severity) && compareSeverity(severity, told.severity) < 0
  );
}

function isWorse(told: Told, { severity, measure }: Finding): boolean {
  if (compareSeverity(severity, told.severity) < 0) return true;
  return measure !== undefined && told.level !== undefined && measure.level > told.level;
}
