/** Which disk of a node is meant by a name: an id, a name under /dev, a serial number, or Longhorn's name of it. */

import type { MatchedDisk } from "../../longhorn/disk-match.ts";
import type { LonghornDisk } from "../../state/longhorn/longhorn-node.ts";
import { type NodeView, valuesOf } from "../../state/node-view.ts";

/** A disk. */
export type FoundDisk =
  /** A block device that the node's agent told of. */
  | { readonly kind: "device"; readonly id: string; readonly shown: string }
  /** A disk of Longhorn, behind which no single block device is known; why. */
  | { readonly kind: "longhorn"; readonly disk: LonghornDisk; readonly shown: string; readonly reason: string };

/** Where it is looked for. */
export interface DiskPlace {
  readonly node: string;
  readonly machine: NodeView | undefined;
  readonly matchedDisks: readonly MatchedDisk[];
}

/** All that the name fits; each disk once. With `isAnywhere`, names that every machine has (nvme0n1) fit nothing. */
export function findDisks(place: DiskPlace, name: string, isAnywhere = false): readonly FoundDisk[] {
  const { node, machine, matchedDisks } = place;
  const found = new Map<string, FoundDisk>();
  const addDevice = (id: string): void => void found.set(id, { kind: "device", id, shown: shownDevice(node, machine, id) });
  const kernelName = name.replace(/^\/dev\//, "");
  for (const { subject, value } of machine === undefined ? [] : valuesOf(machine, "blockDevice")) {
    const own = [subject.id, ...value.identities, value.serial, value.wwid];
    const local = isAnywhere ? [] : [value.name, ...value.partitions.map((partition) => partition.name)];
    if (own.includes(name) || local.includes(kernelName)) addDevice(subject.id);
  }
  for (const { disk, match } of matchedDisks) {
    const paths = isAnywhere ? [] : [plainPath(disk.path)];
    if (![disk.name, disk.status?.uuid, ...paths].includes(name) && !paths.includes(plainPath(name))) continue;
    const [only, ...more] = match.kind === "matched" ? match.blockDevices : [];
    if (only !== undefined && more.length === 0) addDevice(only);
    else found.set(`longhorn/${disk.name}`, { kind: "longhorn", disk, shown: `${node} ${disk.name}`, reason: reasonOf(match) });
  }
  return [...found.values()];
}

/** Names by which disks of the node can be asked for, for whoever asked for another. */
export function diskNames({ machine, matchedDisks }: DiskPlace): readonly string[] {
  const devices = machine === undefined ? [] : valuesOf(machine, "blockDevice");
  return [
    ...devices.filter(({ value }) => value.isVirtual !== true).map(({ value }) => value.name),
    ...matchedDisks.map(({ disk }) => disk.name),
  ];
}

function shownDevice(node: string, machine: NodeView | undefined, id: string): string {
  const device = machine === undefined ? undefined : valuesOf(machine, "blockDevice").find(({ subject }) => subject.id === id);
  const model = device === undefined || device.value.model === "" ? "" : ` (${device.value.model})`;
  return `${node} ${device?.value.name ?? id}${model}`;
}

function reasonOf(match: MatchedDisk["match"]): string {
  switch (match.kind) {
    case "matched":
      return `there are several (${match.blockDevices.join(", ")})`;
    case "mismatched":
      return match.text;
    case "unknown":
      return match.reason;
  }
}

function plainPath(path: string): string {
  return path.replace(/\/+$/, "");
}
