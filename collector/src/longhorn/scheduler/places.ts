/** Longhorn's disks as places for replicas: whether one is open at all, whether it suits, and whether there is room. Pure. */
import type { LonghornDisk, LonghornDiskStatus, LonghornNode } from "../../state/longhorn/longhorn-node.ts";
import type { Demand } from "./demand.ts";
import type { SchedulerSettings } from "./scheduler-settings.ts";

/** A disk of a node. */
export interface Place {
  /** "node/disk" */
  readonly key: string;
  readonly node: LonghornNode;
  readonly disk: LonghornDisk;
}

/** Tags as they would be after a change. */
export type Tags = Pick<LonghornDisk, "tags">["tags"];

/** Names one. */
export function placeKey(node: string, disk: string): string {
  return `${node}/${disk}`;
}

/** All that there are. */
export function placesOf(nodes: readonly LonghornNode[]): readonly Place[] {
  return nodes.flatMap((node) => [...node.disks.values()].map((disk) => ({ key: placeKey(node.name, disk.name), node, disk })));
}

/** Whether its owner lets it be filled. */
export function isAllowed({ node, disk }: Place): boolean {
  return node.allowScheduling && disk.allowScheduling && !disk.evictionRequested && !node.isDeleting;
}

/** Whether replicas can live there now: allowed, and well. A disk that is only full is open for those that it has. */
export function isOpen(place: Place): boolean {
  const { node, disk } = place;
  const holds = (type: string): boolean => node.conditions.some((each) => each.type === type && each.status === "True");
  return isAllowed(place) && holds("Ready") && holds("Schedulable") && disk.status?.isReady === true;
}

/** Whether it is of the kind that is asked for, with these tags. Every tag that is asked for must be there. */
export function suits(
  { node, disk }: Place,
  { dataEngine, diskSelector, nodeSelector, onlyNode }: Demand,
  { allowsEmptySelector }: SchedulerSettings,
  tags: { readonly disk: Tags; readonly node: Tags } = { disk: disk.tags, node: node.tags },
): boolean {
  return (
    disk.type === (dataEngine === "v2" ? "block" : "filesystem") &&
    (onlyNode === undefined || onlyNode === node.name) &&
    isSelected(tags.disk, diskSelector, allowsEmptySelector.disk) &&
    isSelected(tags.node, nodeSelector, allowsEmptySelector.node)
  );
}

/** What is about to be put there besides what its status counts. */
export interface Promised {
  readonly scheduledBytes: number;
  readonly actualBytes: number;
}

/** How many new replicas it takes, by what is promised of it and by what is really free. */
export function roomFor(
  { disk: { status, storageReservedBytes } }: Place,
  { sizeBytes, actualBytes }: Pick<Demand, "sizeBytes" | "actualBytes">,
  settings: SchedulerSettings,
  promised: Promised = nothing,
): number {
  if (status === undefined || !status.isSchedulable || status.maximumBytes <= 0 || status.availableBytes <= 0) return 0;
  const freeBytes = status.availableBytes - promised.actualBytes - actualBytes;
  if (freeBytes <= share(status.maximumBytes, settings.minimalAvailablePercent)) return 0;
  const limitBytes = share(status.maximumBytes - storageReservedBytes, settings.overProvisioningPercent);
  const leftBytes = limitBytes - status.scheduledBytes - promised.scheduledBytes;
  return Math.max(0, Math.floor(leftBytes / Math.max(1, sizeBytes)));
}

/** By which Longhorn chooses among several. */
export function usableBytes({ status, storageReservedBytes }: LonghornDisk, promised: Promised = nothing): number {
  return (status?.availableBytes ?? 0) - storageReservedBytes - promised.actualBytes;
}

const nothing: Promised = { scheduledBytes: 0, actualBytes: 0 };

function isSelected(tags: Tags, selector: readonly string[], allowsEmpty: boolean): boolean {
  if (selector.length === 0) return allowsEmpty || tags.length === 0;
  return selector.every((tag) => tags.includes(tag));
}

/** Cut off, as Longhorn does it. */
function share(bytes: LonghornDiskStatus["maximumBytes"], percent: number): number {
  return Math.trunc((bytes * percent) / 100);
}
