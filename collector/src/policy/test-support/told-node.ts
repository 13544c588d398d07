/** Nodes of which some probes have spoken, for tests of what is known of them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Outcome, type SubjectListSchema, type SubjectSchema } from "@nodekeeper/proto";
import type { NodeState } from "../../state/node-state.ts";
import { type FactsInit, list, observation } from "../../test-support/observations.ts";
import { connectedNode, observed, startMs } from "../../test-support/states.ts";
import type { FactGroup } from "../known-facts.ts";
import { knownFactsOf } from "../known-facts-of.ts";

type ListInit = MessageInitShape<typeof SubjectListSchema>;
/** A subject as tests write it. */
export type SubjectInit = Exclude<MessageInitShape<typeof SubjectSchema>, { readonly $typeName: string }>;

const failure = { code: "HOST_READ_FAILED", message: "EIO" };
/** Node "neko", whose agent has proven who it is, and said nothing yet. */
export const proven: NodeState = { ...connectedNode(), proof: { state: "proven" as const, by: "credential" as const } };

/** A subject that was read. */
export function ok(kind: string, id: string, value: NonNullable<SubjectInit["value"]>): SubjectInit {
  return { kind, id, outcome: Outcome.OK, value };
}

/** One that could not be read. */
export function failed(kind: string, id: string): SubjectInit {
  return { kind, id, outcome: Outcome.FAILED, failure };
}

/** One that is not there. */
export function absent(kind: string, id = ""): SubjectInit {
  return { kind, id, outcome: Outcome.ABSENT };
}

/** The node after a word of a probe. */
export function after(node: NodeState, probe: string, facts: FactsInit, atMs: number = startMs): NodeState {
  const sequence = (node.probes.get(probe)?.sequence ?? 0) + 1;
  return observed(node, observation(facts, { probe, sequence }), atMs);
}

/** The node after a probe that found nothing, or could not tell. */
export function without(node: NodeState, probe: string, outcome: Outcome, atMs: number = startMs): NodeState {
  const sequence = (node.probes.get(probe)?.sequence ?? 0) + 1;
  const init = { probe, sequence, outcome, body: { case: undefined }, ...(outcome === Outcome.FAILED ? { failure } : {}) };
  return observed(node, observation({}, init), atMs);
}

/** What is known of the node a second later. */
export function knownOf(
  node: NodeState | undefined,
  overrides: Partial<Parameters<typeof knownFactsOf>[0]> = {},
): ReturnType<typeof knownFactsOf> {
  return knownFactsOf({ node, clusterNode: undefined, nowMs: startMs + 1_000, startedAtMs: startMs - 1_000, ...overrides });
}

/** Why a group is not known. */
export function reasonOf(
  node: NodeState | undefined,
  group: FactGroup,
  overrides?: Partial<Parameters<typeof knownFactsOf>[0]>,
): string {
  const state = knownOf(node, overrides).groups[group];
  return state.kind === "unknown" ? state.reason : "it is known";
}

/** A fast NVMe disk, and the root filesystem on it. */
export const nvme: SubjectInit = ok("block_device", "eui.1", {
  case: "blockDevice",
  value: {
    name: "nvme0n1",
    type: 1,
    bus: "nvme",
    model: "Samsung SSD 980 PRO 1TB",
    sizeBytes: 1_000_204_886_016n,
    isRotational: false,
    isRemovable: false,
    isVirtual: false,
    pcieLink: { address: "0000:01:00.0", gigatransfersPerSecond: 16, laneCount: 4 },
  },
});
export const root: SubjectInit = ok("filesystem", "/", {
  case: "filesystem",
  value: { mountPoint: "/", blockDeviceId: "eui.1", physicalBlockDeviceIds: ["eui.1"] },
});
export const diskLists: ListInit[] = [list("block_device", true), list("filesystem", true)];
/** A GPU, and what its driver says of it. */
export const rtx: SubjectInit = ok("gpu", "0000:01:00.0", {
  case: "gpu",
  value: {
    vendor: "nvidia",
    productName: "NVIDIA GeForce RTX 5070 Ti",
    driver: "nvidia",
    driverVersion: "580.95.05",
    isIntegrated: false,
  },
});
export const rtxStatus: SubjectInit = ok("gpu_status", "0000:01:00.0", {
  case: "gpuStatus",
  value: { memoryTotalBytes: 16_303n << 20n, computeCapability: "12.0" },
});
export const gpuLists: ListInit[] = [list("gpu", true), list("gpu_status", true)];
