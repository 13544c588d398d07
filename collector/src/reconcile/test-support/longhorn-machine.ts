/** Machines with filesystems on one NVMe disk, and Longhorn as it stands in the cluster, for tests of what Longhorn is told of a node. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type BlockDeviceSchema, type FilesystemSchema, Outcome } from "@nodekeeper/proto";
import type { KnownFacts } from "../../policy/known-facts.ts";
import { knownFactsOf } from "../../policy/known-facts-of.ts";
import type { LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import { noLonghorn } from "../../state/longhorn/no-longhorn.ts";
import type { NodeState } from "../../state/node-state.ts";
import { machineThatSaid, type Said, type Thing } from "../../test-support/judge-machine.ts";
import { startMs } from "../../test-support/states.ts";
import type { World } from "../world.ts";

type FilesystemInit = Exclude<MessageInitShape<typeof FilesystemSchema>, { readonly $typeName: string }>;
type BlockDeviceInit = Exclude<MessageInitShape<typeof BlockDeviceSchema>, { readonly $typeName: string }>;

/** A filesystem; without a value it could not be read. */
export interface FilesystemThing {
  readonly id: string;
  readonly value?: FilesystemInit;
}

/** What a machine is made of. */
export interface MachineInit {
  /** absent: it has no disks at all. */
  readonly filesystems: readonly FilesystemThing[] | "absent";
  readonly isWhole?: boolean;
  /** By folder, what the probe longhorn says is wrong with it. */
  readonly troubles?: Readonly<Record<string, string>> | "absent" | "unheard";
  readonly device?: BlockDeviceInit;
}

/** A fast disk. */
export const nvme: BlockDeviceInit = {
  ...{ name: "nvme0n1", type: 1, bus: "nvme", sizeBytes: 1n << 40n, isVirtual: false, isRotational: false },
  pcieLink: { laneCount: 4, gigatransfersPerSecond: 16 },
};

/** An ext4 on it. */
export function aFilesystem(mountPoint: string, overrides: FilesystemInit = {}): FilesystemThing {
  const on = { blockDeviceId: "eui.1", physicalBlockDeviceIds: ["eui.1"], deviceName: `nvme0n1p${mountPoint.length}` };
  return { id: mountPoint, value: { mountPoint, type: "ext4", sizeBytes: 1_000n, isReadOnly: false, ...on, ...overrides } };
}

/** The machine "neko", whose agent has proven who it is. */
export function machineWith({ filesystems, isWhole = true, troubles = {}, device = nvme }: MachineInit): NodeState {
  const disks: Said =
    filesystems === "absent"
      ? { probe: "disks", outcome: Outcome.ABSENT }
      : { probe: "disks", things: [deviceThing(device), ...filesystems.map(filesystemThing)], whole: wholeKinds(isWhole) };
  const said = troubles === "unheard" ? [disks] : [disks, longhornSaid(troubles)];
  return { ...machineThatSaid(...said), proof: { state: "proven", by: "cluster" } };
}

/** What is known of it a second later. */
export function factsOf(node: NodeState): KnownFacts {
  return knownFactsOf({ node, clusterNode: undefined, nowMs: startMs + 1_000, startedAtMs: startMs - 1_000 });
}

/** Longhorn, known whole. */
export function longhornWith({
  settings = {},
  nodes = [],
}: {
  readonly settings?: Readonly<Record<string, string>>;
  readonly nodes?: readonly LonghornNode[];
}): World["longhorn"] {
  return {
    ...noLonghorn,
    knowledge: { kind: "known", heardAtMs: startMs, problem: undefined },
    setting: (name) => settings[name],
    nodes: () => nodes,
    node: (name) => nodes.find((each) => each.name === name),
  };
}

/** Longhorn's node "neko" with disks of these names. */
export function aLonghornNode(...disks: readonly string[]): LonghornNode {
  const disk = (name: string) => ({
    ...{ name, path: "/var/lib/longhorn/", type: "filesystem" as const, allowScheduling: true, evictionRequested: false },
    ...{ storageReservedBytes: 0, tags: [], hasTagsField: true, status: undefined },
  });
  return {
    ...{ name: "neko", uid: "lhn-1", resourceVersion: "1", isDeleting: false, annotations: {} },
    ...{ allowScheduling: true, evictionRequested: false, tags: [], isSyncing: false, conditions: [], zone: "" },
    disks: new Map(disks.map((name) => [name, disk(name)])),
  };
}

function deviceThing(value: BlockDeviceInit): Thing {
  return { kind: "block_device", id: "eui.1", value: { case: "blockDevice", value } };
}

function filesystemThing({ id, value }: FilesystemThing): Thing {
  return value === undefined
    ? { kind: "filesystem", id, failure: "HOST_READ_FAILED" }
    : { kind: "filesystem", id, value: { case: "filesystem", value } };
}

function wholeKinds(isWhole: boolean): readonly string[] {
  return isWhole ? ["block_device", "filesystem"] : ["block_device"];
}

function longhornSaid(troubles: Exclude<MachineInit["troubles"], "unheard" | undefined>): Said {
  if (troubles === "absent") return { probe: "longhorn", outcome: Outcome.ABSENT };
  const things = Object.entries(troubles).map(
    ([id, message]): Thing => ({
      kind: "longhorn_path",
      id,
      value: { case: "longhornPath", value: { problem: "unmounted", message } },
    }),
  );
  return { probe: "longhorn", things, whole: ["longhorn_check", "longhorn_path"] };
}
