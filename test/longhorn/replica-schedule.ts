/** Where the stand-in puts the replicas of a volume: Longhorn's main rules, one replica at a time, the emptiest disk first. */
import type { LonghornNode, Replica, Volume } from "./longhorn-objects.ts";
import type { Settings } from "./longhorn-settings.ts";

/** What there is. */
export interface ScheduleScene {
  readonly nodes: readonly LonghornNode[];
  readonly replicas: readonly Replica[];
  readonly settings: Settings;
}

/** A disk. */
export interface Place {
  readonly node: string;
  readonly diskUuid: string;
  readonly path: string;
}

/** The next step to what a volume should be; undefined: there is none, or none is possible. */
export type ScheduleStep =
  | { readonly kind: "create"; readonly at: Place }
  | { readonly kind: "delete"; readonly replica: string };

/** Builds what lacks, and what is to be evicted elsewhere first. */
export function nextStep(volume: Volume, scene: ScheduleScene): ScheduleStep | undefined {
  const own = scene.replicas.filter(({ spec }) => spec.volumeName === volume.metadata.name);
  const leaving = own.filter((replica) => isEvicting(replica, scene));
  const staying = own.length - leaving.length;
  const [first] = leaving;
  if (staying >= volume.spec.numberOfReplicas && first !== undefined) return { kind: "delete", replica: first.metadata.name };
  if (staying >= volume.spec.numberOfReplicas) return undefined;
  const at = placeFor(volume, own, scene);
  return at === undefined ? undefined : { kind: "create", at };
}

function isEvicting({ spec }: Replica, { nodes }: ScheduleScene): boolean {
  const node = nodes.find(({ metadata }) => metadata.name === spec.nodeID);
  const [disk] = Object.entries(node?.status?.diskStatus ?? {}).find(([, { diskUUID }]) => diskUUID === spec.diskID) ?? [];
  return node?.spec?.evictionRequested === true || (disk !== undefined && node?.spec?.disks?.[disk]?.evictionRequested === true);
}

function placeFor(volume: Volume, own: readonly Replica[], scene: ScheduleScene): Place | undefined {
  const isSoft = softAntiAffinityOf(volume, scene.settings);
  const places = scene.nodes.flatMap((node) => {
    const isTaken = own.some(({ spec }) => spec.nodeID === node.metadata.name);
    if (!isNodeGood(node, volume, scene.settings) || (isTaken && !isSoft)) return [];
    return Object.entries(node.spec?.disks ?? {}).flatMap(([name, disk]) => {
      const status = node.status?.diskStatus?.[name];
      const isGood = disk.allowScheduling === true && disk.evictionRequested !== true;
      if (status === undefined || !isGood || !isTrue(status.conditions, "Ready") || !isTrue(status.conditions, "Schedulable"))
        return [];
      if (!hasTags(disk.tags ?? [], volume.spec.diskSelector ?? [], "disk", scene.settings)) return [];
      const usedBytes = scene.replicas
        .filter(({ spec }) => spec.diskID === status.diskUUID)
        .reduce((sum, { spec }) => sum + Number(spec.volumeSize), 0);
      const freeBytes =
        ((status.storageMaximum - (disk.storageReserved ?? 0)) *
          percent(scene.settings, "storage-over-provisioning-percentage")) /
          100 -
        usedBytes;
      const leastBytes = (status.storageMaximum * percent(scene.settings, "storage-minimal-available-percentage")) / 100;
      if (freeBytes < Number(volume.spec.size) || status.storageAvailable <= leastBytes) return [];
      return [{ node: node.metadata.name, diskUuid: status.diskUUID, path: disk.path ?? "", isTaken, freeBytes }];
    });
  });
  const [best] = places.sort((a, b) => Number(a.isTaken) - Number(b.isTaken) || b.freeBytes - a.freeBytes);
  return best === undefined ? undefined : { node: best.node, diskUuid: best.diskUuid, path: best.path };
}

function isNodeGood({ spec, status }: LonghornNode, volume: Volume, settings: Settings): boolean {
  const isOpen = spec?.allowScheduling === true && spec.evictionRequested !== true;
  const isWell = isTrue(status?.conditions ?? [], "Ready") && isTrue(status?.conditions ?? [], "Schedulable");
  return isOpen && isWell && hasTags(spec.tags ?? [], volume.spec.nodeSelector ?? [], "node", settings);
}

function hasTags(tags: readonly string[], selector: readonly string[], of: "disk" | "node", settings: Settings): boolean {
  if (selector.length > 0) return selector.every((tag) => tags.includes(tag));
  return tags.length === 0 || settings.get(`allow-empty-${of}-selector-volume`) !== "false";
}

function softAntiAffinityOf({ spec }: Volume, settings: Settings): boolean {
  const own = spec.replicaSoftAntiAffinity ?? "ignored";
  return own === "ignored" ? settings.get("replica-soft-anti-affinity") === "true" : own === "enabled";
}

function isTrue(conditions: readonly { readonly type: string; readonly status: string }[], type: string): boolean {
  return conditions.some((each) => each.type === type && each.status === "True");
}

function percent(settings: Settings, name: string): number {
  return Number(settings.get(name) ?? 100);
}
