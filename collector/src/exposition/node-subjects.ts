/** What a probe of a node tells of, as chapters look at it. */
import { Outcome } from "@nodekeeper/proto";
import { freshnessOf } from "../state/freshness.ts";
import type { NodeState } from "../state/node-state.ts";
import { isFreshAndOk, type SubjectView } from "../state/node-view.ts";

/** Subjects of a kind that are not known to be absent, with their age judged; none where the node has no such probe. */
export function subjectsOf(node: NodeState, probeName: string, kind: string, nowMs: number): readonly SubjectView[] {
  const probe = node.probes.get(probeName);
  if (probe === undefined) return [];
  return probe.subjects
    .views(probeName, (observedAtMs) => freshnessOf(observedAtMs, probe.intervalMs, nowMs))
    .filter((subject) => subject.kind === kind && subject.outcome !== Outcome.ABSENT);
}

/** A number of a subject; undefined where it is unknown or too old to be told as if it were of now. */
export function numberNow(subject: SubjectView, name: string): number | undefined {
  return isFreshAndOk(subject) && subject.samplesAtMs === subject.observedAtMs ? subject.samples.get(name) : undefined;
}

/** Whether its value was read for this observation, and not repeated since the thing sleeps. */
export function isJustRead({ readAtMs, observedAtMs }: SubjectView): boolean {
  return readAtMs !== undefined && readAtMs >= observedAtMs;
}

/** ms as seconds; undefined stays it. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

/** Percent as a ratio, 1 for all of it. */
export function ratio(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : percent / 100;
}

/** Yes and no as Prometheus has them. */
export function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** A number of the wire. */
export function plain(value: bigint | number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
