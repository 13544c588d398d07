/**
 * The error counters of a disk grow. What a disk brought along when it was first seen is its baseline and says nothing: a used disk with three
 * media errors is well until the fourth. A single increase is a warning for a week; ten errors in a day are a disk that dies.
 */
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { compareSeverity } from "../evaluate/severity.ts";
import { type DiskCounter, diskCounters } from "../inventory/disk-counters.ts";
import { countedInAll, growthEndsAfterMs } from "../inventory/follow-counters.ts";
import type { CounterGrowth, CounterTrack } from "../state/node-inventory.ts";
import type { NodeView } from "../state/node-view.ts";
import { type Conclusion, concludeOnDisks } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";

/** Errors on the way to the disk are told anew by the ten: where there is one, there are dozens. */
const transportStep = 10;
/** So many errors within 24 hours are no accident. */
const manyPerDay = 10;

export const diskErrorsGrowing: Rule = defineRule({
  code: "disk-errors-growing",
  title: "Errors of a disk grow",
  severity: "medium",
  holdMs: 0, // the disk counted them
  clearMs: 0, // a week without another one is long enough
  dependsOn: ["node-not-reporting"],
  evaluate: judge,
});

/** A counter that grew lately. */
interface Growing {
  readonly counter: DiskCounter;
  readonly track: CounterTrack;
  readonly growth: CounterGrowth;
  readonly severity: Severity;
}

function judge(view: NodeView): readonly Verdict[] {
  return concludeOnDisks(view, ({ ref, name, readAtMs }) => {
    const tracks = view.node.inventory?.counters[ref.id]?.tracks ?? {};
    const growing = diskCounters
      .flatMap((counter) => growingOf(counter, tracks[counter.name], view.nowMs))
      .sort((a, b) => compareSeverity(a.severity, b.severity));
    const [worst] = growing;
    return worst === undefined ? { kind: "clear" } : raise(growing, worst, { name, readAtMs, level: levelOf(tracks) });
  });
}

function growingOf(counter: DiskCounter, track: CounterTrack | undefined, nowMs: number): readonly Growing[] {
  const growth = track?.growth;
  if (track === undefined || growth === undefined || nowMs - growth.atMs >= growthEndsAfterMs) return [];
  const isMany = growth.mostPerDay >= manyPerDay;
  switch (counter.concern) {
    case "media":
      return [{ counter, track, growth, severity: isMany ? "high" : "medium" }];
    case "transport":
      return [{ counter, track, growth, severity: isMany ? "medium" : "low" }];
    case "none":
      return [];
  }
}

/**
 * All media errors that the disk ever counted, whether they grow now or not: it never falls, even where the disk's own number does, so that each error
 * after an acknowledgement is more than it. For a disk whose counter was never set back it is the counter.
 */
function levelOf(tracks: Readonly<Record<string, CounterTrack>>): number {
  const sumOf = (concern: DiskCounter["concern"]): number =>
    diskCounters
      .filter((counter) => counter.concern === concern)
      .reduce((sum, { name }) => sum + (tracks[name] === undefined ? 0 : countedInAll(tracks[name])), 0);
  return sumOf("media") + Math.floor(sumOf("transport") / transportStep);
}

/** The disk that they are of. */
interface Of {
  readonly name: string;
  readonly readAtMs: number;
  readonly level: number;
}

function raise(growing: readonly Growing[], worst: Growing, { name, readAtMs, level }: Of): Conclusion {
  const said = growing.map(({ counter, track, growth }) => `${track.value - growth.before} more ${counter.title}`);
  const facts = growing.flatMap(({ counter, track, growth }) => [
    [`${counter.name}_baseline`, track.baseline],
    [`${counter.name}_before`, growth.before],
    [counter.name, track.value],
    [`${counter.name}_growing_since`, new Date(growth.sinceMs).toISOString()],
    [`${counter.name}_last_increase_at`, new Date(growth.atMs).toISOString()],
    [`${counter.name}_last_increase`, growth.by],
    [`${counter.name}_most_in_24_hours`, growth.mostPerDay],
  ]);
  return {
    kind: "raise",
    severity: worst.severity,
    text: `${name}: ${said.join(", ")}`,
    action: actionOf(worst),
    evidence: evidenceOf(Object.fromEntries(facts), readAtMs),
    measure: { name: "errors_counted", level },
  };
}

function actionOf({ counter, severity }: Growing): string {
  if (counter.concern === "transport") return "Look at its cable, backplane and power; the disk itself is rarely to blame.";
  return severity === "high"
    ? "Back up what is on it now, move replicas away and replace the disk."
    : "Back up what is on it and watch it: without a further error this ends after a week.";
}
