/**
 * A filesystem is not full, and will be, if it goes on as in the last weeks. Told only where its history is long enough and has a direction (two weeks,
 * evaluate/forecast), and only of what comes within a month: nobody plans for what may be in a year.
 */
import { Outcome } from "@nodekeeper/proto";
import { findingKey } from "../evaluate/evaluate-node.ts";
import { type Forecast, forecast } from "../evaluate/forecast/forecast.ts";
import { defineRule, type FiringOf, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { FillHistory } from "../state/node-inventory.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredToExpiry } from "./support/measure.ts";
import { isoTime } from "./support/node-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** So near it is said, and so far it is taken back. */
const raiseDays = 30;
const clearDays = 45;
/** Then it cannot wait for long. */
const soonDays = 7;
/** The last day's number is older than this only where the node did not tell of it. */
const oldDays = 3;

export const diskFilling: Rule = defineRule({
  code: "disk-filling",
  title: "Filesystem will be full",
  severity: "low",
  holdMs: 6 * hourMs, // a restore or a build that fills it for a day is no direction
  clearMs: dayMs, // one number a day is known
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) =>
    valuesOf(view, "filesystem").map(({ subject, value }) => {
      const canFill = value.isReadOnly !== true && value.isRemote !== true;
      return judge(subject, canFill, value.mountPoint || subject.id, view, firing);
    }),
});

function judge(told: SubjectView, canFill: boolean, where: string, view: NodeView, firing: FiringOf): Verdict {
  const subject = { kind: told.kind, id: told.id };
  if (told.outcome === Outcome.ABSENT || !canFill) return { kind: "clear", subject };
  if (!isFreshAndOk(told)) return { kind: "hold", subject, reason: "it is not known how it is mounted now" };
  const history = view.node.inventory?.fills?.of[told.id];
  const last = history?.days.at(-1);
  if (history === undefined || last === undefined || view.nowMs - last[0] > oldDays * dayMs) {
    return { kind: "hold", subject, reason: "its history is not known" };
  }
  const found = forecastOf(history);
  const leftMs = found.kind === "reaches" ? found.likelyAtMs - view.nowMs : Number.POSITIVE_INFINITY;
  const limitMs = (firing(subject) === undefined ? raiseDays : clearDays) * dayMs;
  // What is full already is told by disk-nearly-full; of what has no history or no direction (any more) nothing is foretold.
  if (found.kind !== "reaches" || leftMs > limitMs) return { kind: "clear", subject };
  const facts = {
    used_bytes: last[1],
    available_bytes: history.sizeBytes - last[1],
    bytes_per_day: Math.round(found.perDay),
    full_at_earliest: isoTime(found.earliestAtMs),
    full_at: isoTime(found.likelyAtMs),
    full_at_latest: isoTime(found.latestAtMs),
  };
  return {
    kind: "raise",
    subject,
    severity: leftMs <= soonDays * dayMs ? "medium" : "low",
    dependsOn: [findingKey("disk-nearly-full", subject)],
    text: `${where} will be full ${leftMs <= soonDays * dayMs ? "within a week" : "within weeks"}, if it goes on like this`,
    action: "Remove what is not needed there, make it larger, or find out what grows: the forecasts of its node say how fast.",
    evidence: evidenceOf(facts, last[0]),
    measure: measuredToExpiry(leftMs),
  };
}

/** It changes once a day, and rules are asked with every word of a node. */
const known = new WeakMap<FillHistory, Forecast>();

function forecastOf(history: FillHistory): Forecast {
  const before = known.get(history);
  if (before !== undefined) return before;
  const points = history.days.map(([atMs, value]) => ({ atMs, value }));
  const found = forecast(points, { limit: history.sizeBytes, isMonotone: false, stepSize: 0 });
  known.set(history, found);
  return found;
}
