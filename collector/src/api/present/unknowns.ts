/** What could not be told of a node, and why. The verdict does not cover it, so health names it. */
import { type Failure, Outcome } from "@nodekeeper/proto";
import { formatDuration } from "@nodekeeper/shared";
import type { NodeHealth } from "@nodekeeper/shared/api";
import type { NodeView, ProbeView, SubjectView } from "../../state/node-view.ts";
import { isoTime } from "./iso-time.ts";

type Unknown = NodeHealth["unknowns"][number];

/**
 * Probes that never spoke, are overdue or failed; lists that are not whole; subjects that could not be read or that nobody spoke of lately.
 * Of an overdue probe only the probe itself is named: all that it knows is overdue with it.
 */
export function unknownsOf(view: NodeView): Unknown[] {
  const speaking = new Set(view.probes.filter((probe) => probe.freshness === "fresh").map((probe) => probe.name));
  const failed = new Set(view.probes.filter((probe) => probe.outcome === Outcome.FAILED).map((probe) => probe.name));
  return [
    ...silentProbes(view),
    ...view.probes.flatMap(probeUnknowns),
    ...view.lists
      .filter((list) => !list.isComplete && speaking.has(list.probe) && !failed.has(list.probe))
      .map((list) => ({ probe: list.probe, kind: list.kind, reason: `the list is not complete: ${reasonOf(list.failure)}` })),
    ...view.subjects
      .filter((subject) => speaking.has(subject.probe) && !failed.has(subject.probe))
      .flatMap((subject) => subjectUnknowns(subject)),
  ];
}

/** Probes that the agent runs and that have not said anything yet. */
function silentProbes({ node }: NodeView): readonly Unknown[] {
  const names = node.runningProbes?.filter((name) => !node.probes.has(name)) ?? [];
  return names.map((probe) => ({ probe, reason: "it has not reported yet" }));
}

function probeUnknowns(probe: ProbeView): readonly Unknown[] {
  if (probe.freshness !== "fresh") {
    const promise = `though it reports every ${formatDuration(probe.intervalMs)}`;
    return [{ probe: probe.name, reason: `no word since ${isoTime(probe.observedAtMs)}, ${promise}` }];
  }
  return probe.outcome === Outcome.FAILED ? [{ probe: probe.name, reason: reasonOf(probe.failure) }] : [];
}

function subjectUnknowns(subject: SubjectView): readonly Unknown[] {
  const { probe, kind, id } = subject;
  const name = { probe, kind, ...(id === "" ? {} : { id }) };
  if (subject.outcome === Outcome.FAILED) {
    const last = subject.readAtMs === undefined ? "it was never read" : `last read ${isoTime(subject.readAtMs)}`;
    return [{ ...name, reason: `${reasonOf(subject.failure)}; ${last}` }];
  }
  if (subject.freshness === "fresh" || subject.outcome === Outcome.ABSENT) return [];
  return [{ ...name, reason: `no word of it since ${isoTime(subject.observedAtMs)}; the list that would tell is not complete` }];
}

function reasonOf(failure: Failure | undefined): string {
  return failure === undefined ? "no reason was given" : `${failure.message} (${failure.code})`;
}
