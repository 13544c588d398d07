/**
 * Tells changes that may matter to a decision from all that happens: a node whose print is the same is not looked at again. It costs next to nothing
 * for an observation that brings numbers only, and nothing for the other nodes.
 */
import type { Attention } from "../../attention/attention.ts";
import type { Findings } from "../../evaluate/findings.ts";
import type { Onboardings } from "../../onboarding/onboarding.ts";
import type { PolicySource } from "../../policy/policy.ts";
import type { Routing } from "../../routing/routing.ts";
import type { ClusterView } from "../../state/cluster/cluster-holder.ts";
import { staleAtMs } from "../../state/freshness.ts";
import type { StateHolder } from "../../state/holder.ts";
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import { heartbeatIntervalMs } from "../../state/node-view.ts";
import type { DecisionsKeeper } from "../decisions/decisions.ts";
import type { Services } from "../endpoints/service-objects.ts";
import type { Change } from "../reconciler.ts";
import type { World } from "../world.ts";
import type { Lane } from "./lanes.ts";
import {
  isOfEvaluated,
  isSamePrint,
  type NodePrint,
  printOf,
  printOfBackends,
  printOfFindings,
  printOfLonghornNode,
} from "./print.ts";

/** Where changes come from. */
export interface ChangeSources {
  readonly state: Pick<StateHolder, "subscribe">;
  readonly cluster: Pick<ClusterView, "subscribe">;
  readonly longhorn: Pick<LonghornView, "subscribe">;
  readonly onboardings: Pick<Onboardings, "subscribe">;
  readonly findings: Pick<Findings, "subscribe">;
  readonly policy: Pick<PolicySource, "onChanged">;
  readonly decisions: Pick<DecisionsKeeper, "onChanged">;
  readonly attention: Pick<Attention, "onMaintenance">;
  readonly routing: Pick<Routing, "onChanged">;
  readonly services: Pick<Services, "onChanged">;
}

/** A watch over them. */
export interface ChangeWatch extends Disposable {
  /** Looks for what changes by time alone: silence, and evaluation that found nothing. */
  tick(): void;
}

/** What is remembered of a node. */
interface Remembered {
  node: NodePrint | undefined;
  findings: string;
  /** uid and resourceVersion of its Node. */
  object: string;
}

/** Calls `onChange` in the turn in which a change is told; what a tick finds is not urgent. */
export function watchChanges(
  changes: ChangeSources,
  world: () => World,
  onChange: (change: Change, world: World, lane: Lane) => void,
): ChangeWatch {
  const known = new Map<string, Remembered>();
  /** Of Longhorn's nodes that changed since we watch. */
  const longhornPrints = new Map<string, string>();
  /** Volumes and replicas change all the time: what is decided by them is looked at once a tick. */
  let isLonghornChanged = false;
  let wasLonghornHeard = isLonghornHeard(world());
  let backends = "";
  let isBeginning = true;

  const subscriptions: readonly Disposable[] = [
    changes.state.subscribe((names) => {
      const now = world();
      for (const name of names) nodeChanged(name, now);
    }),
    changes.cluster.subscribe((names) => {
      const now = world();
      for (const name of names) objectChanged(name, now);
    }),
    changes.findings.subscribe((findings) => {
      const now = world();
      for (const name of new Set(findings.map(({ node }) => node))) findingsChanged(name, now);
    }),
    changes.longhorn.subscribe(({ nodes, hasOther }) => {
      const now = world();
      for (const name of nodes) longhornNodeChanged(name, now);
      isLonghornChanged ||= hasOther;
    }),
    changes.onboardings.subscribe((changed) => {
      const now = world();
      for (const { node } of changed) onChange({ kind: "onboarding", node }, now, "soon");
    }),
    changes.policy.onChanged(() => onChange({ kind: "policy" }, world(), "later")),
    changes.decisions.onChanged(() => onChange({ kind: "decisions" }, world(), "later")),
    changes.attention.onMaintenance(() => onChange({ kind: "decisions" }, world(), "later")),
    changes.routing.onChanged(() => onChange({ kind: "routes" }, world(), "soon")),
    changes.services.onChanged(() => onChange({ kind: "routes" }, world(), "soon")),
  ];

  function nodeChanged(name: string, now: World, lane: Lane = "soon"): void {
    const remembered = recall(name);
    const print = printOf(now.node(name), now);
    const isSame = isSamePrint(remembered.node, print);
    remembered.node = print; // also where it is the same: it now changes later
    if (!isSame) onChange({ kind: "node", name }, now, lane);
    if (print === undefined) forgetIfGone(name, remembered);
  }

  function findingsChanged(name: string, now: World, lane: Lane = "soon"): void {
    const remembered = recall(name);
    const print = printOfFindings(name, now);
    if (remembered.findings === print) return;
    remembered.findings = print;
    onChange({ kind: "findings", node: name }, now, lane);
  }

  function objectChanged(name: string, now: World): void {
    const remembered = recall(name);
    const object = now.cluster.node(name);
    const print = object === undefined ? "" : `${object.uid} ${object.resourceVersion}`;
    if (remembered.object === print) return;
    remembered.object = print;
    onChange({ kind: "cluster-node", name }, now, "soon");
    if (object === undefined) forgetIfGone(name, remembered);
  }

  /** Longhorn writes each of them twice a minute, to say how many bytes are free. */
  function longhornNodeChanged(name: string, now: World): void {
    const node = now.longhorn.node(name);
    const print = node && printOfLonghornNode(node);
    if (print !== undefined && longhornPrints.get(name) === print) return;
    if (print === undefined) longhornPrints.delete(name);
    else longhornPrints.set(name, print);
    isLonghornChanged = true; // what is decided about another one may hang on it
    onChange({ kind: "longhorn-node", name }, now, "soon");
  }

  /** A server that was never in the routes may stand in a slice since before we started: that it does not answer changes no route. */
  function backendsLookedAt(now: World): void {
    const print = printOfBackends(now);
    if (print === backends) return;
    backends = print;
    onChange({ kind: "routes" }, now, "soon");
  }

  /** That its feed broke, or goes on as if nothing had been, changes no object. */
  function longhornLookedAt(now: World): void {
    const isHeard = isLonghornHeard(now);
    if (isHeard !== wasLonghornHeard) isLonghornChanged = true;
    wasLonghornHeard = isHeard;
  }

  /** Whoever did not come back by now is silent, also one of whom nothing was ever told to this process. */
  function beginningLookedAt(now: World): void {
    if (!isBeginning || now.nowMs <= staleAtMs(now.startedAtMs, heartbeatIntervalMs)) return;
    isBeginning = false;
    for (const { name } of now.cluster.nodes()) onChange({ kind: "node", name }, now, "later");
  }

  function recall(name: string): Remembered {
    const remembered = known.get(name) ?? { node: undefined, findings: "", object: "" };
    known.set(name, remembered);
    return remembered;
  }

  function forgetIfGone(name: string, { node, object }: Remembered): void {
    if (node === undefined && object === "") known.delete(name);
  }

  return {
    tick() {
      const now = world();
      beginningLookedAt(now);
      longhornLookedAt(now);
      if (isLonghornChanged) onChange({ kind: "longhorn" }, now, "later");
      isLonghornChanged = false;
      backendsLookedAt(now);
      for (const [name, remembered] of known) {
        if (remembered.node === undefined) continue;
        if (remembered.node.changesAtMs <= now.nowMs) nodeChanged(name, now, "later");
        if (!isOfEvaluated(remembered.findings)) findingsChanged(name, now, "later"); // that it was looked at is told by nobody
      }
    },
    [Symbol.dispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
    },
  };
}

function isLonghornHeard({ longhorn: { knowledge } }: World): boolean {
  return knowledge.kind === "known" && knowledge.problem === undefined;
}
