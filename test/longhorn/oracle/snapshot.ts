/** All of Longhorn that placing replicas depends on, as plain values; what the product sees of it (LonghornView), and what it is after a change. */
import type { Change } from "../../../collector/src/longhorn/placement.ts";
import type { LonghornKnowledge, LonghornView } from "../../../collector/src/state/longhorn/longhorn-holder.ts";
import type { LonghornDisk, LonghornDiskStatus, LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import type {
  LonghornReplica,
  LonghornStorageClass,
  LonghornVolume,
} from "../../../collector/src/state/longhorn/longhorn-volume.ts";

/** At one moment. */
export interface Snapshot {
  readonly nodes: readonly LonghornNode[];
  readonly volumes: readonly LonghornVolume[];
  readonly replicas: readonly LonghornReplica[];
  readonly classes: readonly LonghornStorageClass[];
  readonly settings: Readonly<Record<string, string>>;
}

/** What the product sees of it. */
export function viewOf(
  snapshot: Snapshot,
  knowledge: LonghornKnowledge = { kind: "known", heardAtMs: 0, problem: undefined },
): LonghornView {
  return {
    knowledge,
    node: (name) => snapshot.nodes.find((node) => node.name === name),
    nodes: () => snapshot.nodes,
    volumes: () => snapshot.volumes,
    volume: (name) => snapshot.volumes.find((volume) => volume.name === name),
    replicas: () => snapshot.replicas,
    replicasOnDisk: (uuid) => snapshot.replicas.filter((replica) => replica.diskUuid === uuid),
    replicasOfVolume: (name) => snapshot.replicas.filter((replica) => replica.volume === name),
    storageClasses: () => snapshot.classes,
    backupTargets: () => [],
    setting: (name) => snapshot.settings[name],
    version: "v1.7.2",
    revision: 0,
    subscribe: () => ({ [Symbol.dispose]: () => undefined }),
  };
}

/**
 * What it might be before: the disks that the change concerns by what is wanted of them alone, ready and with room for everything. What is away now may
 * come back, and then the change has taken it away. Where tags go, the disk may even be open again by then.
 */
export function atBest(snapshot: Snapshot, change: Change): Snapshot {
  return { ...snapshot, nodes: snapshot.nodes.map((node) => bestOf(node, change)) };
}

/** What it is when that has been done. */
export function after(snapshot: Snapshot, change: Change): Snapshot {
  return { ...snapshot, nodes: snapshot.nodes.map((node) => changed(node, change)) };
}

function changed(node: LonghornNode, change: Change): LonghornNode {
  const disks = [...node.disks].map(([name, disk]) => {
    const key = `${node.name}/${name}`;
    const gone = change.withoutDiskTags?.get(key);
    const tags = disk.tags.filter((tag) => gone?.has(tag) !== true);
    return [name, { ...disk, tags, allowScheduling: disk.allowScheduling && change.withoutDisks?.has(key) !== true }] as const;
  });
  const gone = change.withoutNodeTags?.get(node.name);
  return {
    ...node,
    disks: new Map(disks),
    tags: node.tags.filter((tag) => gone?.has(tag) !== true),
    allowScheduling: node.allowScheduling && change.withoutNodes?.has(node.name) !== true,
  };
}

function bestOf(node: LonghornNode, change: Change): LonghornNode {
  const isTagged = change.withoutNodeTags?.has(node.name) === true;
  const isWhole = isTagged || change.withoutNodes?.has(node.name) === true;
  const keys = [...node.disks.keys()];
  const retagged = new Set(keys.filter((name) => isTagged || change.withoutDiskTags?.has(`${node.name}/${name}`) === true));
  const concerned = new Set(
    keys.filter((name) => isWhole || retagged.has(name) || change.withoutDisks?.has(`${node.name}/${name}`) === true),
  );
  if (concerned.size === 0 || node.isDeleting) return node; // what is being deleted does not come back
  const isTrue = (type: string) => node.conditions.some((condition) => condition.type === type && condition.status === "True");
  const isThere = node.allowScheduling && isTrue("Ready") && isTrue("Schedulable");
  const disks = [...node.disks].map(([name, disk]): [string, LonghornDisk] => {
    if (!concerned.has(name)) return [name, isThere ? disk : { ...disk, allowScheduling: false }];
    const isOpen = retagged.has(name) || (node.allowScheduling && disk.allowScheduling && !disk.evictionRequested);
    const uuid = disk.status?.uuid ?? "";
    return [name, { ...disk, allowScheduling: isOpen, evictionRequested: false, status: { ...boundless, uuid } }];
  });
  return { ...node, allowScheduling: true, conditions: goodConditions, disks: new Map(disks) };
}

const boundless: LonghornDiskStatus = {
  ...{ uuid: "", maximumBytes: 2 ** 50, availableBytes: 2 ** 50, scheduledBytes: 0 },
  ...{ conditions: [], isReady: true, isSchedulable: true, health: [] },
};
const goodConditions: LonghornNode["conditions"] = ["Ready", "Schedulable"].map((type) => {
  return { type, status: "True", reason: "", message: "", lastTransitionAtMs: undefined };
});
