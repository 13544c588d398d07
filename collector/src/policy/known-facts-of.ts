/**
 * What is known of a node, group by group. Nothing is known of one whose agent has not proven that it speaks for the node, nor of one that
 * speaks from another machine than the Node object was made for: what it says may be true of anything.
 */
import { create } from "@bufbuild/protobuf";
import { NodeFactsSchema } from "@nodekeeper/proto";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { isProven } from "../state/node-proof.ts";
import type { NodeState } from "../state/node-state.ts";
import { clusterFacts, type GatheredGroup, type GroupSource, groupSources } from "./facts/group-sources.ts";
import { groupText } from "./facts/group-text.ts";
import { readOf } from "./facts/read-of.ts";
import type { FactGroup, GroupState, KnownFacts } from "./known-facts.ts";

/** Of whom, and when. */
export interface KnownFactsInput {
  readonly node: NodeState | undefined;
  readonly clusterNode: ClusterNode | undefined;
  /** True where the cluster was listed completely: a Node that was not found is not there then. */
  readonly isClusterListed?: boolean;
  readonly nowMs: number;
  /** Since when this process hears agents: what it was told by its memory alone may be over. */
  readonly startedAtMs: number;
}

/** Makes them. */
export function knownFactsOf(input: KnownFactsInput): KnownFacts {
  const { node, clusterNode, isClusterListed = false, nowMs, startedAtMs } = input;
  const doubt = doubtOf(node, clusterNode);
  const facts = create(NodeFactsSchema, { name: node?.name ?? clusterNode?.name ?? "" });
  const gather = (source: GroupSource): GatheredGroup =>
    doubt !== undefined || node === undefined
      ? { kind: "unknown", reason: doubt ?? "no agent was heard of from this node", probe: undefined }
      : source({ node, clusterNode, isClusterListed, facts, nowMs, startedAtMs });
  return groupsOf(facts, (group) => gather(groupSources[group]), nowMs);
}

/** What the cluster alone says of a Node, also of one without an agent: its name and its labels. */
export function clusterFactsOf(clusterNode: ClusterNode, nowMs: number): KnownFacts {
  const facts = create(NodeFactsSchema, { name: clusterNode.name, cluster: clusterFacts(clusterNode) });
  const reason = "only what the cluster says is asked for here";
  const gather = (group: FactGroup): GatheredGroup =>
    group === "name" || group === "cluster" ? { kind: "known", probe: undefined } : { kind: "unknown", probe: undefined, reason };
  return groupsOf(facts, gather, nowMs);
}

function groupsOf(facts: KnownFacts["facts"], gather: (group: FactGroup) => GatheredGroup, nowMs: number): KnownFacts {
  const state = (group: FactGroup): GroupState => {
    const gathered = gather(group);
    const text = gathered.kind === "known" ? () => groupText(facts, group) : () => "";
    const read = readOf(group, gathered, nowMs, text);
    if (gathered.kind === "unknown") return { kind: "unknown", reason: gathered.reason, read };
    return { kind: "known", read, ...(gathered.gaps === undefined ? {} : { gaps: gathered.gaps }) };
  };
  const groups = {
    name: state("name"),
    machine: state("machine"),
    disks: state("disks"),
    systemDisk: state("systemDisk"),
    gpus: state("gpus"),
    tailnet: state("tailnet"),
    ollama: state("ollama"),
    k3s: state("k3s"),
    longhorn: state("longhorn"),
    cluster: state("cluster"),
    disk: state("disk"),
  };
  return { facts, groups };
}

/** Why nothing at all is known; undefined where something may be. */
function doubtOf(node: NodeState | undefined, clusterNode: ClusterNode | undefined): string | undefined {
  if (node === undefined) return "no agent was heard of from this node";
  if (!isProven(node)) return "its agent has not proven that it speaks for this node";
  const registered = clusterNode?.info.machineId ?? "";
  if (registered === "" || node.machineId === "" || plain(registered) === plain(node.machineId)) return undefined;
  return `its agent speaks from another machine (machine-id ${node.machineId}) than the Node was made for (${registered})`;
}

/** Both are 32 hexadecimal digits, which some systems write with hyphens and in capitals. */
function plain(machineId: string): string {
  return machineId.replaceAll("-", "").toLowerCase();
}
