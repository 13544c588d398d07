/** Where each group of NodeFacts comes from. Each writes what it knows into the message, and says what became of it. */
import { create } from "@bufbuild/protobuf";
import { type ClusterNodeFacts, ClusterNodeFactsSchema, LonghornFactsSchema, type NodeFacts } from "@nodekeeper/proto";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import type { NodeState, ProbeState } from "../../state/node-state.ts";
import type { FactGroup } from "../known-facts.ts";
import { diskFacts } from "./disk-facts.ts";
import { healthOfDisks } from "./disk-health-facts.ts";
import { gpuFacts } from "./gpu-facts.ts";
import { hearProbe, type Moment, type ToldSubject, toldSubjects } from "./heard-probe.ts";
import { machineFacts } from "./machine-facts.ts";
import {
  k3sFacts,
  longhornFacts,
  noK3s,
  noOllama,
  noTailnet,
  ollamaFacts,
  type ReadGroup,
  tailnetFacts,
} from "./service-facts.ts";
import { systemDiskFacts } from "./system-disk-facts.ts";

/** What a group is gathered from, and the message that it is written into. */
export interface GroupInput extends Moment {
  readonly node: NodeState;
  readonly clusterNode: ClusterNode | undefined;
  readonly isClusterListed: boolean;
  readonly facts: NodeFacts;
}

/** What became of a group; without a probe it is not of an agent. */
export type GatheredGroup =
  | { readonly kind: "known"; readonly probe: ProbeState | undefined; readonly gaps?: Readonly<Record<string, string>> }
  | { readonly kind: "unknown"; readonly probe: ProbeState | undefined; readonly reason: string };

/** Gathers one group. */
export type GroupSource = (input: GroupInput) => GatheredGroup;

/** All of them. */
export const groupSources: Readonly<Record<FactGroup, GroupSource>> = {
  name: () => ({ kind: "known", probe: undefined }),
  machine: fromProbe("system", [], (facts, probe) => {
    if (probe === undefined) return { reason: "the probe system found nothing" };
    facts.machine = machineFacts(probe);
    return { facts };
  }),
  disks: fromProbe("disks", ["block_device"], (facts, probe, input) => {
    const devices = probe === undefined ? [] : toldSubjects(probe, "block_device");
    const doubtful = devices.find(isDoubtful);
    if (doubtful !== undefined) return { reason: doubtText("a disk", doubtful) };
    facts.disks = [...diskFacts(devices, healthOfDisks(input.node, input))];
    return { facts };
  }),
  systemDisk: fromProbe("disks", ["block_device", "filesystem"], (facts, probe, input) => {
    const read =
      probe === undefined ? { reason: "this machine has no disks" } : systemDiskFacts(probe, healthOfDisks(input.node, input));
    if ("facts" in read) facts.systemDisk = read.facts;
    return read;
  }),
  gpus: fromProbe("gpu", ["gpu"], (facts, probe) => {
    const devices = probe === undefined ? [] : toldSubjects(probe, "gpu");
    const doubtful = devices.find(isDoubtful);
    if (doubtful !== undefined) return { reason: doubtText("a GPU that can compute", doubtful) };
    facts.gpus = [...gpuFacts(devices, probe === undefined ? [] : toldSubjects(probe, "gpu_status"))];
    return { facts };
  }),
  tailnet: fromProbe("tailscale", [], (facts, probe) => {
    const read = probe === undefined ? { facts: noTailnet } : tailnetFacts(probe);
    if ("facts" in read) facts.tailnet = read.facts;
    return read;
  }),
  ollama: fromProbe("ollama", [], (facts, probe) => {
    const read = probe === undefined ? { facts: noOllama } : ollamaFacts(probe);
    if ("facts" in read) facts.ollama = read.facts;
    return read;
  }),
  k3s: fromProbe("kubernetes", [], (facts, probe) => {
    const read = probe === undefined ? { facts: noK3s } : k3sFacts(probe);
    if ("facts" in read) facts.k3s = read.facts;
    return read;
  }),
  // It looks only where Longhorn's folder or K3s is: elsewhere there is no Longhorn.
  longhorn: fromProbe("longhorn", ["longhorn_check"], (facts, probe) => {
    const read = probe === undefined ? { facts: create(LonghornFactsSchema, { isHere: false }) } : longhornFacts(probe);
    if ("facts" in read) facts.longhorn = read.facts;
    return read;
  }),
  cluster: ({ clusterNode, isClusterListed, facts }) => {
    if (clusterNode === undefined && !isClusterListed) {
      return { kind: "unknown", probe: undefined, reason: "the cluster has not told of a Node of this name yet" };
    }
    facts.cluster = clusterNode === undefined ? create(ClusterNodeFactsSchema) : clusterFacts(clusterNode);
    return { kind: "known", probe: undefined };
  },
  // Of a node it is none; with-disk.ts puts one of its disks in its place.
  disk: () => ({ kind: "unknown", probe: undefined, reason: "no disk was named" }),
};

/** What the cluster says of a Node of its own. */
export function clusterFacts({ labels, isCordoned, info }: ClusterNode): ClusterNodeFacts {
  const kubeletVersion = info.kubeletVersion === "" ? undefined : info.kubeletVersion;
  return create(ClusterNodeFactsSchema, { isNode: true, labels: { ...labels }, isCordoned, kubeletVersion });
}

/** A group that one probe tells of; `write` gets no probe where the machine has nothing of the kind. */
function fromProbe(
  name: string,
  kinds: readonly string[],
  write: (facts: NodeFacts, probe: ProbeState | undefined, input: GroupInput) => ReadGroup<unknown>,
): GroupSource {
  return (input) => {
    const { node, facts, nowMs, startedAtMs } = input;
    const heard = hearProbe(node, name, kinds, { nowMs, startedAtMs });
    const { probe } = heard;
    if (heard.kind === "unheard") return { kind: "unknown", probe, reason: heard.reason };
    const read = write(facts, heard.kind === "absent" ? undefined : probe, input);
    if ("reason" in read) return { kind: "unknown", probe, reason: read.reason };
    return { kind: "known", probe, ...(read.gaps === undefined ? {} : { gaps: read.gaps }) };
  };
}

/** What was never read may be of the kind or not: how many there are is not known then. */
function isDoubtful({ isAbsent, lastValue }: ToldSubject): boolean {
  return !isAbsent && lastValue === undefined;
}

function doubtText(what: string, { id, failure }: ToldSubject): string {
  return `whether ${id} is ${what} could not be told: ${failure?.message ?? "it was never read"}`;
}
