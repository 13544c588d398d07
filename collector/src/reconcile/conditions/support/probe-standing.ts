/** Whether a probe may be concluded from when something good, or an absence, is to be said. */
import { type Failure, Outcome } from "@nodekeeper/proto";
import type { FactRead } from "@nodekeeper/shared/api";
import { isRemembered, type ToldSubject, toldSubjects } from "../../../policy/facts/heard-probe.ts";
import { freshnessOf, staleAtMs } from "../../../state/freshness.ts";
import { isoTime } from "../../../state/iso-time.ts";
import type { NodeState, ProbeState } from "../../../state/node-state.ts";
import { heartbeatIntervalMs } from "../../../state/node-view.ts";
import { outcomeBody } from "../../../state/outcome-body.ts";
import type { World } from "../../world.ts";
import type { Judgement, PlainReason } from "../condition.ts";

/** What is needed of a probe. */
export interface ProbeNeed {
  readonly name: string;
  /** Kinds of which the list must be whole, and every subject read. */
  readonly kinds: readonly string[];
  /** Kind of which a machine has one at most, and no list. */
  readonly single?: string;
  /** Whether it must be known how a subject is; without it, of all of them. */
  readonly concerns?: (subject: ToldSubject) => boolean;
}

/** What may be made of it. */
export type ProbeStanding =
  | { readonly kind: "heard"; readonly probe: ProbeState; readonly fact: FactRead }
  /** It looked, and the machine has nothing of the kind. */
  | { readonly kind: "absent"; readonly fact: FactRead }
  | { readonly kind: "judged"; readonly judgement: Judgement };

/**
 * heard and absent are fresh, and were received since this process started. What is late, missing or failed is Unknown only when it surely is: after
 * a start for as long as a fresh word may take, and of a failure until the rule that watches over probes fires, everything is held.
 */
export function probeStanding(world: World, node: NodeState, need: ProbeNeed): ProbeStanding {
  const { nowMs, startedAtMs } = world;
  const { name } = need;
  const probe = node.probes.get(name);
  const fact = factOf(probe, name, world);
  const hold = (reason: string): ProbeStanding => ({ kind: "judged", judgement: { kind: "hold", reason, facts: [fact] } });
  const unknown = (reason: PlainReason, message: string, isSilence = false): ProbeStanding => ({
    kind: "judged",
    judgement: { kind: "status", status: "Unknown", reason, message, facts: [fact], isSilence },
  });

  if (probe === undefined && node.runningProbes?.includes(name) === false) {
    return unknown("ProbeNotRunning", `the agent does not run the probe ${name}`, true);
  }
  if (probe === undefined || isRemembered(probe, startedAtMs)) {
    const sinceMs = Math.max(node.connection.sinceMs, startedAtMs);
    const isDue = nowMs > staleAtMs(sinceMs, probe?.intervalMs ?? heartbeatIntervalMs);
    if (!isDue) return hold(`the probe ${name} was not heard of yet`);
    return unknown("NotObserved", `the probe ${name} says nothing`, true);
  }
  if (freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs) !== "fresh") {
    // Then it is the node that is silent, of which more than the shortest interval is forgiven.
    if (node.connection.kind === "disconnected") return hold("its agent is away");
    return unknown("ProbeStale", `the probe ${name} says nothing any more`);
  }
  if (probe.outcome === Outcome.ABSENT) return { kind: "absent", fact };
  const problem = unreadable(probe, need);
  if (problem === undefined) return { kind: "heard", probe, fact };
  const isSure = world
    .findings(node.name)
    .some(({ rule, state, subject }) => rule === "probe-failing" && state === "firing" && subject.id === name);
  return isSure ? unknown("ProbeFailing", problem) : hold(problem);
}

/** What it could not read, by the code of the failure: its words may say a number that moves. */
function unreadable(probe: ProbeState, { name, kinds, single, concerns }: ProbeNeed): string | undefined {
  if (probe.outcome !== Outcome.OK) return `the probe ${name} fails${codeOf(probe.failure)}`;
  const partial = kinds.find((kind) => probe.lists.get(kind)?.isComplete !== true);
  if (partial !== undefined) {
    return `the probe ${name} does not know every ${nounOf(partial)}${codeOf(probe.lists.get(partial)?.failure)}`;
  }
  for (const kind of single === undefined ? kinds : [...kinds, single]) {
    const isUnread = (told: ToldSubject): boolean => !told.isAbsent && told.value === undefined && (concerns?.(told) ?? true);
    const unread = toldSubjects(probe, kind).find(isUnread);
    if (unread !== undefined) return `the probe ${name} cannot read ${nounOf(kind)} ${unread.id}${codeOf(unread.failure)}`;
  }
  return undefined;
}

function codeOf(failure: Pick<Failure, "code"> | undefined): string {
  return failure === undefined || failure.code === "" ? "" : ` (${failure.code})`;
}

function nounOf(kind: string): string {
  return kind.replaceAll("_", " ").replace("gpu", "GPU");
}

function factOf(probe: ProbeState | undefined, name: string, { nowMs }: World): FactRead {
  const path = `probes.${name}`;
  if (probe === undefined) return { path, value: "", probe: name, freshness: "unknown" };
  const { outcome, observedAtMs, intervalMs } = probe;
  const freshness = freshnessOf(observedAtMs, intervalMs, nowMs);
  return { path, value: outcomeBody(outcome), probe: name, observedAt: isoTime(observedAtMs), freshness };
}
