/**
 * Matches Longhorn's disks with what the node's agent says of the machine: by the UUID in longhorn-disk.cfg first, else by the folder; a disk for the
 * second data engine by the name of its device. Pure.
 *
 * Only what a proven agent of this very machine said freshly, and of which the lists are whole, tells that something is not there. What is there is
 * matched all the same while it cannot be read: the disk that fails is the one whose folder cannot be read any more, and it stays mounted.
 */
import type { BlockDevice, Filesystem, LonghornDisk as ToldFolder } from "@nodekeeper/proto";
import { type HeardProbe, hearProbe, type Moment, type ToldSubject, toldSubjects } from "../policy/facts/heard-probe.ts";
import type { ClusterNode } from "../state/cluster/cluster-node.ts";
import { isSameMachine } from "../state/cluster/is-same-machine.ts";
import type { LonghornDisk, LonghornNode } from "../state/longhorn/longhorn-node.ts";
import { isProven } from "../state/node-proof.ts";
import type { NodeState, ProbeState } from "../state/node-state.ts";
import { devicesBelow } from "./devices-below.ts";
import type { DiskMatch, MatchedDisk } from "./disk-match.ts";

/** Who says it, and when it is asked. */
export interface MatchInput extends Moment {
  /** Undefined: no agent was heard of from this node. */
  readonly node: NodeState | undefined;
  readonly clusterNode: ClusterNode | undefined;
}

/** Matches all disks of a node of Longhorn, in their order. */
export function matchDisks({ disks }: Pick<LonghornNode, "disks">, input: MatchInput): readonly MatchedDisk[] {
  const told = toldOf(input);
  return [...disks.values()].map((disk) => ({ disk, match: "kind" in told ? told : matchOf(disk, told) }));
}

/** What the machine says of its storage. */
interface Told {
  readonly folders: readonly Part<ToldFolder>[];
  readonly filesystems: readonly Part<Filesystem>[];
  readonly devices: readonly Part<BlockDevice>[];
  /** Folders of which the agent says what is wrong. */
  readonly problems: ReadonlyMap<string, string>;
  /** Why something may be missing among them; undefined: all of it is told. */
  readonly gap: string | undefined;
}

interface Part<Value> {
  readonly id: string;
  readonly value: Value;
}

/** Where Longhorn has its disk unless it is told otherwise: a folder, and not always a filesystem of its own. */
const homeFolder = "/var/lib/longhorn";
const kinds = ["block_device", "filesystem", "longhorn_disk"];

function toldOf({ node, clusterNode, ...moment }: MatchInput): Told | Extract<DiskMatch, { readonly kind: "unknown" }> {
  if (node === undefined) return unknown("no agent was heard of from this node");
  if (!isProven(node)) return unknown("its agent has not proven that it speaks for this node");
  if (clusterNode !== undefined && !isSameMachine(node, clusterNode))
    return unknown("its agent speaks from another machine than the Node stands for");
  const whole = hearProbe(node, "disks", kinds, moment);
  const heard = whole.kind === "unheard" ? hearProbe(node, "disks", [], moment) : whole;
  if (heard.kind === "unheard") return unknown(heard.reason);
  if (heard.kind === "absent") return unknown("its agent says that it has no disks");
  const longhorn = hearProbe(node, "longhorn", ["longhorn_path"], moment);
  return {
    folders: parts(heard.probe, "longhorn_disk", "longhornDisk"),
    filesystems: parts(heard.probe, "filesystem", "filesystem"),
    devices: parts(heard.probe, "block_device", "blockDevice"),
    problems: problemsOf(longhorn),
    gap: whole.kind === "unheard" ? whole.reason : undefined,
  };
}

function matchOf(disk: LonghornDisk, told: Told): DiskMatch {
  if (disk.type === "block") return matchDevice(disk, told);
  const path = normalised(disk.path);
  const uuid = disk.status?.uuid ?? "";
  const bearers = uuid === "" ? [] : told.folders.filter(({ value }) => value.diskUuid === uuid);
  const bearer = bearers.find(({ id }) => id === path) ?? bearers[0];
  if (bearer !== undefined && (bearer.id === path || bearers.length === 1)) return matched(bearer.value, told);
  if (bearer !== undefined)
    return unknown(
      `several folders hold the disk ${uuid}, and none of them is ${path}: ${bearers.map(({ id }) => id).join(", ")}`,
    );
  const problem = told.problems.get(path);
  if (problem !== undefined) return mismatched("unmounted", `${path}: ${problem}`);
  const there = told.folders.find(({ id }) => id === path);
  if (there !== undefined && uuid !== "" && there.value.diskUuid !== "") {
    const text = `${path} holds the disk ${there.value.diskUuid}, and Longhorn expects ${uuid} there`;
    return mismatched("other-uuid", text);
  }
  if (there !== undefined) return matched(there.value, told);
  return matchMount(disk, path, told);
}

/** By what is mounted there: Longhorn's own file was not found in it, or nobody looked. */
function matchMount({ status }: LonghornDisk, path: string, told: Told): DiskMatch {
  const mounted = told.filesystems.find(({ id }) => id === path);
  // Longhorn reads its file itself before it calls a disk ready.
  if (mounted !== undefined && (status?.isReady === true || told.gap !== undefined)) return onFilesystem(mounted);
  if (told.gap !== undefined) return unknown(told.gap);
  const isUsed = (status?.uuid ?? "") !== "";
  if (mounted !== undefined) {
    if (!isUsed) return onFilesystem(mounted);
    return mismatched("missing", `what is mounted at ${path} has no longhorn-disk.cfg, which Longhorn wrote there`);
  }
  const above = filesystemOf(path, told);
  if (above !== undefined && path === homeFolder && (status?.isReady === true || !isUsed)) return onFilesystem(above);
  if (status?.isReady === true) {
    // A folder has the size of the filesystem that it lies in. What was mounted a moment ago is not told yet, and has another.
    const isIn = above?.value.sizeBytes !== undefined && Number(above.value.sizeBytes) === status.maximumBytes;
    return above !== undefined && isIn ? onFilesystem(above) : unknown(`its agent has not seen yet what is mounted at ${path}`);
  }
  if (path === homeFolder && isUsed) return mismatched("missing", `${path} has no longhorn-disk.cfg, which Longhorn wrote there`);
  return mismatched("unmounted", `nothing is mounted at ${path}, which Longhorn takes for a disk`);
}

function matched({ mountPoint, physicalBlockDeviceIds }: ToldFolder, told: Told): DiskMatch {
  const filesystem = told.filesystems.find(({ id }) => id === mountPoint);
  const ids = physicalBlockDeviceIds.length > 0 ? physicalBlockDeviceIds : (filesystem?.value.physicalBlockDeviceIds ?? []);
  return onDevices(ids, mountPoint);
}

function onFilesystem({ id, value }: Part<Filesystem>): DiskMatch {
  return onDevices(value.physicalBlockDeviceIds, id);
}

function onDevices(ids: readonly string[], mountPoint: string): DiskMatch {
  if (ids.length === 0) return unknown(`on which disk ${mountPoint || "it"} lies is not known`);
  return { kind: "matched", blockDevices: [...new Set(ids)].sort(), mountPoint };
}

/** Of the second data engine: its path is a device, a lasting name of one, or the PCIe address of its controller. */
function matchDevice({ path }: LonghornDisk, { devices, gap }: Told): DiskMatch {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const found = devices.find(({ value }) => isNamed(value, path, name));
  if (found !== undefined) return onDevices(devicesBelow(found.value.name, devices).physical, "");
  return gap === undefined ? unknown(`which of the machine's disks ${path} is, its agent does not say`) : unknown(gap);
}

function isNamed({ name, partitions, identities, pcieLink, deviceMapper }: BlockDevice, path: string, last: string): boolean {
  if (path.startsWith("/dev/disk/by-id/"))
    return identities.some((identity) => last === identity || last.endsWith(`-${identity}`));
  if (path.startsWith("/dev/mapper/")) return deviceMapper?.name === last;
  if (path.startsWith("/dev/")) return name === last || partitions.some((partition) => partition.name === last);
  return pcieLink?.address === path;
}

/** The filesystem in which a folder lies. */
function filesystemOf(path: string, { filesystems }: Told): Part<Filesystem> | undefined {
  const above = filesystems.filter(({ id }) => id === "/" || path === id || path.startsWith(`${id}/`));
  return above.reduce<Part<Filesystem> | undefined>(
    (best, each) => (best !== undefined && best.id.length >= each.id.length ? best : each),
    undefined,
  );
}

/** Without the slashes that people put at its end. */
function normalised(path: string): string {
  return path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}

function problemsOf(heard: HeardProbe): ReadonlyMap<string, string> {
  if (heard.kind !== "heard") return new Map();
  return new Map(
    toldSubjects(heard.probe, "longhorn_path").flatMap(({ id, value }) =>
      value?.case === "longhornPath" ? [[id, value.value.message || value.value.problem] as const] : [],
    ),
  );
}

/** Those that are there, as they were read last. */
function parts<Case extends keyof Values>(probe: ProbeState, kind: string, name: Case): readonly Part<Values[Case]>[] {
  return toldSubjects(probe, kind).flatMap(({ id, isAbsent, lastValue }) => {
    const value = isAbsent ? undefined : readAs(lastValue, name);
    return value === undefined ? [] : [{ id, value }];
  });
}

interface Values {
  readonly longhornDisk: ToldFolder;
  readonly filesystem: Filesystem;
  readonly blockDevice: BlockDevice;
}

function readAs<Case extends keyof Values>(said: ToldSubject["lastValue"], name: Case): Values[Case] | undefined {
  // The compiler does not see that the value of a case is of its type.
  return said?.case === name ? (said.value as Values[Case]) : undefined;
}

function mismatched(problem: Extract<DiskMatch, { readonly kind: "mismatched" }>["problem"], text: string): DiskMatch {
  return { kind: "mismatched", problem, text };
}

function unknown(reason: string): Extract<DiskMatch, { readonly kind: "unknown" }> {
  return { kind: "unknown", reason };
}
