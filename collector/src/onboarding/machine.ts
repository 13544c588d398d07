/** A machine at a moment, as the steps of onboarding look at it: what its agent said, what the cluster has of its name, and what is still to be written. */
import type { FactRead, PlannedOperation } from "@nodekeeper/shared/api";
import type { MatchedDisk } from "../longhorn/disk-match.ts";
import type { HeardProbe } from "../policy/facts/heard-probe.ts";
import { hearProbe } from "../policy/facts/heard-probe.ts";
import type { KnownFacts } from "../policy/known-facts.ts";
import type { Policy } from "../policy/policy.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import type { LonghornKnowledge } from "../state/longhorn/longhorn-holder.ts";
import type { LonghornNode } from "../state/longhorn/longhorn-node.ts";
import type { NodeState } from "../state/node-state.ts";
import type { TurnedAwayAgent } from "../state/turned-away.ts";

/** What is looked at. What costs something is made when a step asks for it. */
export interface Machine {
  readonly name: string;
  readonly nowMs: number;
  /** Since when this process hears agents. */
  readonly startedAtMs: number;
  /** What its agent said; undefined: no agent was ever let in in its name. */
  readonly node: NodeState | undefined;
  readonly cluster: ClusterSight;
  readonly longhorn: LonghornSight;
  /** Who was refused in its name. */
  readonly turnedAway: readonly TurnedAwayAgent[];
  readonly policy: Pick<Policy, "domain" | "modes" | "onboarding">;
  facts(): KnownFacts;
  /** Faults of its disks as they are now, without the patience that findings have. */
  diskFaults(): readonly DiskFault[];
  /** What is still to be written for it; undefined: nothing is ever written. */
  plan(): NodePlan | undefined;
}

/** What the cluster has of its name. */
export type ClusterSight =
  | { readonly kind: "none" }
  /** Its Nodes were not listed yet. */
  | { readonly kind: "unknown" }
  /** `node` undefined: the machine is outside of it. */
  | { readonly kind: "known"; readonly node: ClusterNode | undefined; readonly isOnTailnet: boolean };

/** What Longhorn has of its name. */
export interface LonghornSight {
  readonly knowledge: LonghornKnowledge;
  readonly node: LonghornNode | undefined;
  /** Its disks, with what stands behind each. */
  disks(): readonly MatchedDisk[];
}

/** A disk that is not well. */
export interface DiskFault {
  readonly rule: string;
  /** e.g. /dev/nvme0; empty where it is no device. */
  readonly device: string;
  readonly text: string;
  readonly action: string;
}

/** What is still to be written for one node. */
export interface NodePlan {
  readonly operations: readonly PlannedOperation[];
  /** What cannot be told now; an empty item is the whole object. */
  readonly held: readonly { readonly reconciler: string; readonly item: string; readonly reason: string }[];
  /** Of the plan of all nodes as it was last, to approve it by; empty where it is not known. */
  readonly hash: string;
}

/** A probe of it, if what it said may be concluded from. */
export function hear(machine: Machine, probe: string, kinds: readonly string[] = []): HeardProbe {
  if (machine.node === undefined) return { kind: "unheard", probe: undefined, reason: "no agent was heard of" };
  return hearProbe(machine.node, probe, kinds, machine);
}

/** Its Node; undefined where it has none, or that is not known. */
export function clusterNodeOf({ cluster }: Machine): ClusterNode | undefined {
  return cluster.kind === "known" ? cluster.node : undefined;
}

/** Whether it is to be a node of Longhorn. */
export type LonghornWish =
  | { readonly kind: "yes" }
  | { readonly kind: "no"; readonly text: string }
  | { readonly kind: "unknown"; readonly reason: string; readonly reads: readonly FactRead[] };

/** By what is installed and what the policy says. */
export function longhornWish(machine: Machine): LonghornWish {
  const { cluster, longhorn, policy } = machine;
  const unknown = (reason: string): LonghornWish => ({ kind: "unknown", reason, reads: [] });
  if (cluster.kind === "none") return { kind: "no", text: "it is no node of a cluster" };
  if (cluster.kind === "unknown") return unknown("the cluster's Nodes were not listed yet");
  if (cluster.node === undefined) return { kind: "no", text: "it is no node of the cluster" };
  if (longhorn.knowledge.kind === "absent") return { kind: "no", text: "the cluster has no Longhorn" };
  if (longhorn.knowledge.kind === "unknown")
    return unknown(
      `it is not known yet what Longhorn has${longhorn.knowledge.problem === undefined ? "" : `: ${longhorn.knowledge.problem}`}`,
    );
  const decided = policy.onboarding.longhorn?.evaluate(machine.facts());
  if (decided === undefined) return { kind: "yes" };
  if (decided.kind === "undecided") return { kind: "unknown", reason: decided.reason, reads: decided.reads };
  return decided.value === true
    ? { kind: "yes" }
    : { kind: "no", text: "the policy wants no node of Longhorn here (onboarding.longhorn)" };
}
