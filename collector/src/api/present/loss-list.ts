/** What a node's agent had to drop, in words. */
import type { NodeDetail } from "@nodekeeper/shared/api";
import { isoTime } from "../../state/iso-time.ts";
import type { LossState } from "../../state/node-state.ts";

type LossBody = NodeDetail["losses"][number];

/** Losses, newest first. Those of one reason that follow each other within a minute are one. */
export function lossList(losses: readonly LossState[]): LossBody[] {
  return merged(losses).map((loss) => ({
    from: isoTime(loss.fromMs),
    until: isoTime(loss.untilMs),
    observationCount: loss.observationCount,
    reason: loss.reason,
    text: lossText(loss),
  }));
}

/** Observations come this often or oftener: between two losses that are no further apart nothing was kept. */
const adjacentMs = 60_000;

function merged(losses: readonly LossState[]): readonly LossState[] {
  const done: LossState[] = [];
  for (const loss of [...losses].sort((a, b) => a.fromMs - b.fromMs)) {
    const index = done.findIndex(({ reason, untilMs }) => reason === loss.reason && loss.fromMs <= untilMs + adjacentMs);
    const before = done[index];
    if (before === undefined) done.push(loss);
    else done[index] = joined(before, loss);
  }
  return done.sort((a, b) => b.untilMs - a.untilMs);
}

/** How many is known only where it is known of both. */
function joined(a: LossState, b: LossState): LossState {
  const isCounted = a.observationCount > 0 && b.observationCount > 0;
  return {
    reason: a.reason,
    fromMs: Math.min(a.fromMs, b.fromMs),
    untilMs: Math.max(a.untilMs, b.untilMs),
    observationCount: isCounted ? a.observationCount + b.observationCount : 0,
  };
}

function lossText({ fromMs, untilMs, reason }: LossState): string {
  const [fromDay = "", fromTime = ""] = minuteText(fromMs);
  const [untilDay = "", untilTime = ""] = minuteText(untilMs);
  const until = untilDay === fromDay ? untilTime : `${untilDay} ${untilTime}`;
  return `${spanText(untilMs - fromMs)} of data lost ${fromDay} ${fromTime}-${until} UTC: ${reasons[reason] ?? reason}`;
}

const reasons: Readonly<Record<string, string>> = {
  spool_full: "spool full",
  too_old: "older than the spool keeps",
  spool_damaged: "spool damaged",
  agent_killed: "agent killed",
};

function minuteText(atMs: number): readonly string[] {
  return new Date(atMs).toISOString().slice(0, 16).split("T");
}

function spanText(durationMs: number): string {
  const seconds = Math.max(1, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
