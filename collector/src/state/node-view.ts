/** A node at a moment: the state with every age judged. What rules, health and the API look at. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import { type Freshness, freshnessOf } from "./freshness.ts";
import type { ListState, NodeState, ProbeState } from "./node-state.ts";
import type { JudgedSubject } from "./subject-state.ts";

/** A probe with its age judged. */
export interface ProbeView extends ProbeState {
  readonly freshness: Freshness;
}

/** A list with its age judged. */
export interface ListView extends ListState {
  readonly probe: string;
  readonly freshness: Freshness;
}

/** A subject with its age judged, and the probe that speaks of it. */
export type SubjectView = JudgedSubject;

/** The value of one kind. */
export type ValueOf<Case extends NonNullable<Subject["value"]["case"]>> = Extract<Subject["value"], { case: Case }>["value"];

/** A node at a moment. */
export interface NodeView {
  readonly node: NodeState;
  readonly nowMs: number;
  /** Since when this collector listens to its agents without a break; silence before that is ours. Infinity while it does not listen. */
  readonly listeningSinceMs: number;
  /** How fresh the node's last word is, by its shortest promise. */
  readonly freshness: Freshness;
  readonly probes: readonly ProbeView[];
  readonly lists: readonly ListView[];
  readonly subjects: readonly SubjectView[];
}

/** Without any observation a node promises a word at this interval. */
export const heartbeatIntervalMs = 30_000;

/** Looks at a node at a moment. Without `listeningSinceMs`, all silence is the node's. */
export function viewNode(node: NodeState, nowMs: number, listeningSinceMs = 0): NodeView {
  const probes = [...node.probes.values()].map((probe) => ({
    ...probe,
    freshness: freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs),
  }));
  return {
    node,
    nowMs,
    listeningSinceMs,
    freshness: nodeFreshness(node, nowMs),
    probes,
    lists: probes.flatMap((probe) =>
      [...probe.lists.values()].map((list) => ({ ...list, probe: probe.name, freshness: probe.freshness })),
    ),
    subjects: probes.flatMap((probe) =>
      probe.subjects.views(probe.name, (observedAtMs) => freshnessOf(observedAtMs, probe.intervalMs, nowMs)),
    ),
  };
}

/** How fresh the node's last word is. */
export function nodeFreshness(node: Pick<NodeState, "lastContactAtMs">, nowMs: number): Freshness {
  return freshnessOf(node.lastContactAtMs, heartbeatIntervalMs, nowMs);
}

/** Subjects of a kind that were read at least once, with their typed last good value. */
export function valuesOf<Case extends NonNullable<Subject["value"]["case"]>>(
  view: NodeView,
  valueCase: Case,
): readonly { readonly subject: SubjectView; readonly value: ValueOf<Case> }[] {
  const found: { subject: SubjectView; value: ValueOf<Case> }[] = [];
  for (const subject of view.subjects) {
    // The case was compared, which TypeScript does not carry over to the generic value.
    if (subject.value?.case === valueCase) found.push({ subject, value: subject.value.value as ValueOf<Case> });
  }
  return found;
}

/** True when the subject's value may be concluded from: read in its last observation, and that is fresh. */
export function isFreshAndOk(subject: SubjectView): boolean {
  return subject.outcome === Outcome.OK && subject.freshness === "fresh";
}
