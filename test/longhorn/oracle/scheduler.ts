/**
 * Longhorn's scheduler of replicas, written from what its source does (scheduler/replica_scheduler.go of 1.7.2 and 1.12.1, and what
 * controller/node_controller.go says of disks), and from nothing of ours: it places replicas one by one, each on one of the disks that Longhorn would
 * take into consideration for it at that moment.
 *
 * Where 1.7.2 differs: it counts the space of a sibling that was placed a moment ago on every disk of its node, until the status says more; the replica
 * is tried again then. What is asked here is where replicas end, and so 1.12.1's counting (of the disk alone) is taken for both.
 */
import type { LonghornDisk, LonghornDiskStatus, LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import type { Snapshot } from "./snapshot.ts";

/** Something whose replicas are to be placed. */
export interface Wish {
  readonly sizeBytes: number;
  readonly actualBytes: number;
  readonly diskSelector: readonly string[];
  readonly nodeSelector: readonly string[];
  readonly dataEngine: string;
  /** Whether replicas may share it. */
  readonly mayShare: Readonly<Record<"node" | "zone" | "disk", boolean>>;
  /** The one node that they must be on. */
  readonly onlyNode: string | undefined;
}

/** A disk, in its node. */
export interface Place {
  readonly node: LonghornNode;
  readonly disk: LonghornDisk;
}

/** A replica that is somewhere. */
export interface Placed {
  readonly node: string;
  readonly disk: string;
  /** It is to go from there. */
  readonly isEvicting: boolean;
}

/** How much is free for the wish on a disk, where its status alone does not say it. */
export type Room = (
  place: Place,
  status: LonghornDiskStatus,
) => {
  readonly scheduledBytes: number;
  readonly availableBytes: number;
  readonly isSchedulable: boolean;
  /** So many replicas stand there already, and need no more room. */
  readonly standing?: number;
};

/** As the status says. */
export const roomByStatus: Room = (_, status) => status;

/** The disks of which Longhorn would choose one for the next replica; empty: it cannot be placed. */
export function candidates(snapshot: Snapshot, wish: Wish, placed: readonly Placed[], room: Room): readonly Place[] {
  const schedulable = snapshot.nodes
    .filter(isSchedulable)
    .filter(({ name }) => wish.onlyNode === undefined || name === wish.onlyNode);
  const known = new Map(schedulable.map((node) => [node.name, node]));
  const usedNodes = new Set<string>();
  const usedZones = new Set<string>();
  const onlyEvicting = { nodes: new Map<string, boolean>(), zones: new Map<string, boolean>() };
  for (const each of placed) {
    const node = known.get(each.node);
    if (node === undefined) continue; // a node that cannot be scheduled on uses up nothing
    onlyEvicting.nodes.set(node.name, (onlyEvicting.nodes.get(node.name) ?? true) && each.isEvicting);
    onlyEvicting.zones.set(node.zone, (onlyEvicting.zones.get(node.zone) ?? true) && each.isEvicting);
    usedNodes.add(node.name);
    usedZones.add(node.zone);
  }

  const tagged = schedulable.filter(({ tags }) => isSelected(tags, wish.nodeSelector, allows(snapshot, "node")));
  const unused = tagged.filter(({ name }) => !usedNodes.has(name));
  const soonUnused = tagged.filter(({ name }) => onlyEvicting.nodes.get(name) === true);
  const soonUnusedWithZone = soonUnused.filter(({ zone }) => onlyEvicting.zones.get(zone) === true);
  const tiers = [tagged.filter(({ zone }) => !usedZones.has(zone))];
  if (!wish.mayShare.zone) tiers.push(soonUnusedWithZone);
  else if (!wish.mayShare.node) tiers.push(unused, soonUnused);
  else
    tiers.push(
      unused,
      schedulable.filter(({ name }) => usedNodes.has(name)),
    );

  for (const tier of tiers) {
    const fit = tier.flatMap((node) => fitting(snapshot, wish, node, placed, room));
    const fresh = fit.filter(({ node, disk }) => countOn(placed, node.name, disk.name) === 0);
    const found = fresh.length > 0 || !wish.mayShare.disk ? fresh : fit;
    if (found.length > 0) return found;
  }
  return [];
}

/** Of a setting that may be unset: Longhorn's default then. */
export function settingOf(snapshot: Snapshot, name: keyof typeof defaults): string {
  return snapshot.settings[name] ?? defaults[name];
}

const defaults = {
  "replica-soft-anti-affinity": "false",
  "replica-zone-soft-anti-affinity": "true",
  "replica-disk-soft-anti-affinity": "true",
  "allow-empty-node-selector-volume": "true",
  "allow-empty-disk-selector-volume": "true",
  "storage-over-provisioning-percentage": "100",
  "storage-minimal-available-percentage": "25",
} as const;

function isSchedulable(node: LonghornNode): boolean {
  const isTrue = (type: string) => node.conditions.some((condition) => condition.type === type && condition.status === "True");
  return !node.isDeleting && node.allowScheduling && isTrue("Ready") && isTrue("Schedulable");
}

function fitting(snapshot: Snapshot, wish: Wish, node: LonghornNode, placed: readonly Placed[], room: Room): readonly Place[] {
  return [...node.disks.values()]
    .filter((disk) => {
      if (disk.status === undefined || !disk.allowScheduling || disk.evictionRequested) return false;
      const { scheduledBytes, availableBytes, isSchedulable, standing = 0 } = room({ node, disk }, disk.status);
      const siblings = countOn(placed, node.name, disk.name);
      const now = { scheduledBytes: scheduledBytes + siblings * wish.sizeBytes, availableBytes };
      return (
        disk.type === (wish.dataEngine === "v2" ? "block" : "filesystem") &&
        isSelected(disk.tags, wish.diskSelector, allows(snapshot, "disk")) &&
        (siblings < standing || (isSchedulable && hasSpace(snapshot, disk, wish, now)))
      );
    })
    .map((disk) => ({ node, disk }));
}

/** Whether the two amounts leave enough: of what is really free, and of what may be promised. */
export function hasSpace(
  snapshot: Snapshot,
  disk: LonghornDisk,
  wish: Pick<Wish, "sizeBytes" | "actualBytes">,
  now: { readonly scheduledBytes: number; readonly availableBytes: number },
): boolean {
  const maximumBytes = disk.status?.maximumBytes ?? 0;
  const minimal = Number(settingOf(snapshot, "storage-minimal-available-percentage"));
  const over = Number(settingOf(snapshot, "storage-over-provisioning-percentage"));
  return (
    maximumBytes > 0 &&
    now.availableBytes > 0 &&
    now.availableBytes - wish.actualBytes > Math.trunc((maximumBytes * minimal) / 100) &&
    wish.sizeBytes + now.scheduledBytes <= Math.trunc(((maximumBytes - disk.storageReservedBytes) * over) / 100)
  );
}

function isSelected(tags: readonly string[], selector: readonly string[], isEmptyAllowed: boolean): boolean {
  if (selector.length === 0 && !isEmptyAllowed) return tags.length === 0;
  return selector.every((tag) => tags.includes(tag));
}

function allows(snapshot: Snapshot, kind: "node" | "disk"): boolean {
  return settingOf(snapshot, `allow-empty-${kind}-selector-volume`) === "true";
}

function countOn(placed: readonly Placed[], node: string, disk: string): number {
  return placed.filter((each) => each.node === node && each.disk === disk).length;
}
