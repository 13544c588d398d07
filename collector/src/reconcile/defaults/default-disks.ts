/**
 * Which disks a new node of Longhorn is to begin with, by what its agent says of its filesystems. Longhorn takes all of them or none, never two on one
 * filesystem, and a folder on which nothing is mounted would fill the root filesystem: such is left out, but for Longhorn's own default. Pure.
 */
import type { Filesystem } from "@nodekeeper/proto";
import { decideDiskTags } from "../../policy/decide-tags.ts";
import { hearProbe, type Moment, type ToldSubject, toldSubjects } from "../../policy/facts/heard-probe.ts";
import type { KnownFacts } from "../../policy/known-facts.ts";
import type { StoragePolicy } from "../../policy/policy.ts";
import type { LonghornView } from "../../state/longhorn/longhorn-holder.ts";
import type { NodeState } from "../../state/node-state.ts";

/** What it is told from. */
export interface DefaultDisksInput extends Moment {
  readonly node: NodeState;
  readonly facts: KnownFacts;
  readonly storage: StoragePolicy;
  readonly longhorn: Pick<LonghornView, "setting">;
}

/** What came of it. */
export type DefaultDisks =
  /** Without those that are left out, of which each says why. */
  | { readonly kind: "told"; readonly disks: readonly DefaultDisk[]; readonly leftOut: readonly string[] }
  /** One of them cannot be told yet, or is not as it should be now. */
  | { readonly kind: "wait"; readonly reason: string };

/** One disk, in the words of Longhorn's annotation. `allowScheduling` is false to Longhorn where it is not said. */
export interface DefaultDisk {
  readonly path: string;
  readonly allowScheduling: true;
  /** Bytes. */
  readonly storageReserved: number;
  /** Sorted, as Longhorn sorts them. */
  readonly tags: readonly string[];
}

/** Tells them, in the order of the policy. */
export function defaultDisks(input: DefaultDisksInput): DefaultDisks {
  const { node, storage, longhorn } = input;
  const heard = hearProbe(node, "disks", ["block_device", "filesystem"], input);
  if (heard.kind !== "heard") {
    return { kind: "wait", reason: heard.kind === "absent" ? "this machine says that it has no disks" : heard.reason };
  }
  const filesystems = toldSubjects(heard.probe, "filesystem");
  const ownDefault = (longhorn.setting("default-data-path") ?? longhornsDefault).replace(/\/+$/, "");
  const disks: DefaultDisk[] = [];
  const leftOut: string[] = [];
  const taken = new Map<string, string>();
  for (const path of storage.defaultDisks) {
    const place = placeOf(path, path === ownDefault, filesystems, input);
    if (place.kind === "wait") return place;
    const other = place.kind === "found" ? taken.get(place.identity) : undefined;
    if (place.kind === "no" || other !== undefined) {
      leftOut.push(place.kind === "no" ? place.why : `${path} lies on the same filesystem as ${other ?? ""}`);
      continue;
    }
    taken.set(place.identity, path);
    disks.push(diskOf(path, place, input));
  }
  return { kind: "told", disks, leftOut };
}

/** Setting default-data-path where Longhorn does not say (longhorn-manager, setting.go); likewise the next one. */
const longhornsDefault = "/var/lib/longhorn/";
const defaultReservedPercent = 30;

type Place =
  | { readonly kind: "found"; readonly identity: string; readonly sizeBytes: bigint; readonly blockDevices: readonly string[] }
  | { readonly kind: "no"; readonly why: string }
  | { readonly kind: "wait"; readonly reason: string };

function placeOf(path: string, isOwnDefault: boolean, filesystems: readonly ToldSubject[], input: DefaultDisksInput): Place {
  const trouble = troubleOf(path, isOwnDefault, input);
  if (trouble !== undefined) return { kind: "wait", reason: trouble };
  const mounted = filesystems.filter(({ isAbsent }) => !isAbsent);
  const there = mounted.find(({ id }) => id === path);
  if (there === undefined && !isOwnDefault) return { kind: "no", why: `${path} is no mount point` };
  const below = mounted.filter(({ id }) => path === id || path.startsWith(id === "/" ? id : `${id}/`));
  const subject = there ?? below.toSorted((a, b) => b.id.length - a.id.length)[0];
  if (subject?.value?.case !== "filesystem") {
    return { kind: "wait", reason: `what ${path} lies on could not be read: ${subject?.failure?.message ?? "it was not told"}` };
  }
  return usable(path, subject.value.value);
}

function usable(path: string, filesystem: Filesystem): Place {
  const { physicalBlockDeviceIds, blockDeviceId, sizeBytes, isRemote, isReadOnly, uuid, deviceName, source, type } = filesystem;
  const blockDevices = physicalBlockDeviceIds.length > 0 ? physicalBlockDeviceIds : [blockDeviceId].filter((id) => id !== "");
  if (isRemote === true || blockDevices.length === 0) {
    return { kind: "no", why: `${path} lies on no disk of the machine, but on ${type === "" ? "something else" : type}` };
  }
  if (isReadOnly === true) return { kind: "wait", reason: `${path} can only be read now` };
  if (sizeBytes === undefined) return { kind: "wait", reason: `how large ${path} is could not be read` };
  return { kind: "found", identity: uuid || deviceName || source, sizeBytes, blockDevices };
}

/** What the machine says of a folder that Longhorn uses or is to use: that it should be a mount point, and is none. */
function troubleOf(path: string, isOwnDefault: boolean, { node, ...moment }: DefaultDisksInput): string | undefined {
  const heard = hearProbe(node, "longhorn", isOwnDefault ? ["longhorn_path"] : [], moment);
  if (heard.kind === "unheard") return isOwnDefault ? heard.reason : undefined;
  if (heard.kind === "absent") return undefined;
  const told = toldSubjects(heard.probe, "longhorn_path").find(({ id, isAbsent }) => id === path && !isAbsent);
  if (told === undefined) return undefined;
  return told.value?.case === "longhornPath" ? told.value.value.message : `what ${path} is could not be read`;
}

/** Tags that cannot be told yet come later, when Longhorn has the disk. */
function diskOf(
  path: string,
  { sizeBytes, blockDevices }: Extract<Place, { readonly kind: "found" }>,
  { storage, facts, longhorn }: DefaultDisksInput,
): DefaultDisk {
  // Where such volumes are not placed on tagged disks, no disk gets its first tag of us.
  const mayTag = longhorn.setting("allow-empty-disk-selector-volume") !== "false";
  const tags = mayTag ? decideDiskTags(storage, facts, blockDevices) : [];
  const percent = BigInt(reservedPercent(longhorn.setting("storage-reserved-percentage-for-default-disk")));
  return {
    path,
    allowScheduling: true,
    storageReserved: Number((sizeBytes * percent) / 100n),
    tags: tags.flatMap(({ tag, decided }) => (decided.kind === "value" && decided.value === true ? [tag] : [])).sort(),
  };
}

function reservedPercent(setting: string | undefined): number {
  const percent = Number(setting ?? defaultReservedPercent);
  return Number.isInteger(percent) && percent >= 0 && percent <= 100 ? percent : defaultReservedPercent;
}
