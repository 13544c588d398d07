/** A probe of a node, if what it said may be concluded from. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import { freshnessOf } from "../../state/freshness.ts";
import type { NodeState, ProbeState } from "../../state/node-state.ts";
import { subjectKey } from "../../state/subject-state.ts";
import { clockTime } from "./clock-time.ts";

/** When something is judged. */
export interface Moment {
  readonly nowMs: number;
  /** Since when this process hears agents: what is older was said to another. */
  readonly startedAtMs: number;
}

/** What may be concluded from a probe. */
export type HeardProbe =
  | { readonly kind: "heard"; readonly probe: ProbeState }
  /** It looked, and this machine has nothing of the kind. */
  | { readonly kind: "absent"; readonly probe: ProbeState }
  | { readonly kind: "unheard"; readonly probe: ProbeState | undefined; readonly reason: string };

/** A subject as the last observation told of it. */
export interface ToldSubject {
  readonly id: string;
  /** Undefined where reading it failed. */
  readonly value: Subject["value"] | undefined;
  /** As it was last read, however long ago. */
  readonly lastValue: Subject["value"] | undefined;
  readonly isAbsent: boolean;
  readonly failure: Subject["failure"];
}

/** A clock that is put right by so little makes nothing older or younger. */
const clockToleranceMs = 30_000;

/** Whether a probe was heard of by an earlier process only. A clock that was set since tells nothing of that. */
export function isRemembered(
  { isRestored, receivedAtMs }: Pick<ProbeState, "isRestored" | "receivedAtMs">,
  startedAtMs: number,
): boolean {
  return isRestored === true || receivedAtMs < startedAtMs;
}

/** Judges a probe: it must have been observed well, be fresh, and have been received since `startedAtMs`. `kinds` are those whose lists must be whole. */
export function hearProbe(node: NodeState, name: string, kinds: readonly string[], { nowMs, startedAtMs }: Moment): HeardProbe {
  const probe = node.probes.get(name);
  const unheard = (reason: string): HeardProbe => ({ kind: "unheard", probe, reason });
  const isOff = node.runningProbes?.includes(name) === false;
  const silence = (text: string): HeardProbe => unheard(isOff ? `the agent does not run the probe ${name}` : text);
  if (probe === undefined) return silence(`the probe ${name} was never heard of from this node`);
  if (freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs) !== "fresh") {
    return silence(`the probe ${name} was not heard of since ${clockTime(probe.observedAtMs, nowMs)}`);
  }
  if (probe.observedAtMs > nowMs + clockToleranceMs)
    return unheard(`the probe ${name} was not heard of since the collector's clock was set back`);
  if (isRemembered(probe, startedAtMs)) return unheard(`the probe ${name} was not heard of since the collector was started`);
  if (probe.outcome === Outcome.ABSENT) return { kind: "absent", probe };
  if (probe.outcome !== Outcome.OK) {
    return unheard(`the probe ${name} could not tell: ${probe.failure?.message ?? "it failed"}`);
  }
  for (const kind of kinds) {
    const list = probe.lists.get(kind);
    if (list === undefined) return unheard(`the probe ${name} gave no list of its ${nounOf(kind)}`);
    if (!list.isComplete)
      return unheard(`the list of its ${nounOf(kind)} is not complete: ${list.failure?.message ?? "no reason was given"}`);
  }
  return { kind: "heard", probe };
}

/** The subjects of a kind in the probe's last observation, in its order; those that are gone are not among them. */
export function toldSubjects(probe: ProbeState, kind: string): readonly ToldSubject[] {
  const { reading, exceptions } = probe.subjects;
  const told: ToldSubject[] = [];
  for (const subject of reading?.facts.subjects ?? []) {
    if (subject.kind !== kind) continue;
    const isOk = subject.outcome === Outcome.OK;
    const known = isOk || exceptions.size === 0 ? undefined : exceptions.get(subjectKey(kind, subject.id));
    told.push({
      id: subject.id,
      value: isOk ? subject.value : undefined,
      lastValue: isOk ? subject.value : known?.value,
      isAbsent: subject.outcome === Outcome.ABSENT,
      failure: subject.failure,
    });
  }
  return told;
}

/** The one subject of a kind of which a machine has one; undefined where the observation did not speak of it. */
export function toldSubject(probe: ProbeState, kind: string, id = ""): ToldSubject | undefined {
  return toldSubjects(probe, kind).find((subject) => subject.id === id);
}

/** e.g. "block devices" of block_device. */
function nounOf(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return words === "gpu" ? "GPUs" : words === "gpu status" ? "GPUs' states" : `${words}s`;
}
