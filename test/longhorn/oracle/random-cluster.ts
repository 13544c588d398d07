/** Random clusters for properties: small, crowded and crooked, with numbers as Longhorn itself would write them. */
import fc from "fast-check";
import type { Change } from "../../../collector/src/longhorn/placement.ts";
import type { LonghornCondition, LonghornDisk, LonghornNode } from "../../../collector/src/state/longhorn/longhorn-node.ts";
import type { LonghornReplica, LonghornVolume } from "../../../collector/src/state/longhorn/longhorn-volume.ts";
import { hasSpace } from "./scheduler.ts";
import type { Snapshot } from "./snapshot.ts";

const gib = 2 ** 30;
const diskTag = fc.constantFrom<string[]>([], ["fast"], ["nvme"], ["fast", "nvme"], ["fast", "nvme"]);
const nodeTag = fc.constantFrom<string[]>([], ["core"], ["edge"], ["core", "edge"]);
const mostly = (weight: number) =>
  fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const seldomSelected = (tag: typeof diskTag) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, { weight: 1, arbitrary: tag });
const engine = fc.oneof({ weight: 7, arbitrary: fc.constant("v1") }, { weight: 1, arbitrary: fc.constant("v2") });
const antiAffinity = fc.constantFrom("ignored" as const, "ignored" as const, "enabled" as const, "disabled" as const);
const flag = fc.constantFrom(undefined, undefined, "true", "false");
const place = fc.record({ node: fc.nat(), disk: fc.nat() });

const disk = fc.record({
  maximum: fc.constantFrom(4, 8, 11, 16, 20, 40),
  free: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(100, 95, 80, 60) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 }) },
  ),
  reserved: fc.constantFrom(0, 0.3),
  others: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, 3) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 30 }) }),
  tags: diskTag,
  isBlock: mostly(12).map((is) => !is),
  state: fc.oneof(
    { weight: 20, arbitrary: fc.constant("ready" as const) },
    { weight: 2, arbitrary: fc.constantFrom("not ready" as const, "nothing found" as const) },
  ),
  will: fc.oneof(
    { weight: 20, arbitrary: fc.constant("take" as const) },
    { weight: 2, arbitrary: fc.constantFrom("closed" as const, "evicting" as const) },
  ),
});
const node = fc.record({
  disks: fc.array(disk, { minLength: 1, maxLength: 3 }),
  zone: fc.constantFrom("", "", "east", "west", "north"),
  tags: nodeTag,
  isReady: mostly(20),
  isSchedulable: mostly(25),
  isAllowed: mostly(25),
  isDeleting: mostly(25).map((is) => !is),
});
const volume = fc.record({
  size: fc.constantFrom(1, 2, 2, 3, 5, 8),
  used: fc.constantFrom(0, 10, 50, 100),
  replicaCount: fc.constantFrom(1, 2, 2, 3, 3, 4, 5),
  diskSelector: seldomSelected(diskTag),
  nodeSelector: seldomSelected(nodeTag),
  softAntiAffinity: fc.record({ node: antiAffinity, zone: antiAffinity, disk: antiAffinity }),
  dataEngine: engine,
  isStrict: mostly(9).map((is) => !is),
  attachedTo: fc.option(fc.nat(), { nil: undefined }),
  replicas: fc.array(fc.record({ ...{ place, isFailed: mostly(5).map((is) => !is) } }), { maxLength: 3 }),
});
const storageClass = fc.record({
  replicaCount: fc.constantFrom(1, 2, 2, 3, 3, 4, 5),
  diskSelector: seldomSelected(diskTag),
  nodeSelector: seldomSelected(nodeTag),
  dataEngine: engine,
});
const setting = fc.record({
  "replica-soft-anti-affinity": flag,
  "replica-zone-soft-anti-affinity": flag,
  "replica-disk-soft-anti-affinity": flag,
  "allow-empty-node-selector-volume": flag,
  "allow-empty-disk-selector-volume": flag,
  "storage-over-provisioning-percentage": fc.constantFrom(undefined, "100", "200", "33"),
  "storage-minimal-available-percentage": fc.constantFrom(undefined, "25", "0", "11"),
});

/** A cluster. */
export const randomCluster: fc.Arbitrary<Snapshot> = fc
  .record({
    nodes: fc.array(node, { minLength: 2, maxLength: 8 }),
    volumes: fc.array(volume, { maxLength: 4 }),
    classes: fc.array(storageClass, { maxLength: 2 }),
    setting,
  })
  .map(build);

/** Something that may be taken away from the cluster: mostly one thing. */
export function randomChange(snapshot: Snapshot): fc.Arbitrary<Change> {
  const alive = snapshot.nodes.filter(({ isDeleting }) => !isDeleting); // on others nothing is written
  const nodes = alive.map(({ name }) => name);
  const disks = alive.flatMap(({ name, disks }) => [...disks.keys()].map((key) => `${name}/${key}`));
  const few = (all: readonly string[]) =>
    fc.uniqueArray(fc.constantFrom(...all), { minLength: 1, maxLength: 2 }).map((some) => new Set(some));
  const tagsOf = (all: readonly string[], tags: readonly string[]) => {
    const gone = fc.uniqueArray(fc.constantFrom(...tags), { minLength: 1, maxLength: tags.length }).map((some) => new Set(some));
    return fc.tuple(fc.constantFrom(...all), gone).map(([key, some]) => new Map([[key, some]]));
  };
  return fc.oneof(
    few(disks).map((withoutDisks) => ({ withoutDisks })),
    few(nodes).map((withoutNodes) => ({ withoutNodes })),
    tagsOf(disks, ["fast", "nvme"]).map((withoutDiskTags) => ({ withoutDiskTags })),
    tagsOf(nodes, ["core", "edge"]).map((withoutNodeTags) => ({ withoutNodeTags })),
    fc.record({ withoutDisks: few(disks), withoutNodes: few(nodes) }),
  );
}

type Drawn<T> = T extends fc.Arbitrary<infer V> ? V : never;

interface DrawnCluster {
  readonly nodes: readonly Drawn<typeof node>[];
  readonly volumes: readonly Drawn<typeof volume>[];
  readonly classes: readonly Drawn<typeof storageClass>[];
  readonly setting: Drawn<typeof setting>;
}

function build(drawn: DrawnCluster): Snapshot {
  const settings = Object.fromEntries(
    Object.entries(drawn.setting).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  const volumes = drawn.volumes.map((each, index) => aVolume(each, `v${index}`, drawn.nodes.length));
  const replicas = drawn.volumes.flatMap((each, index) =>
    each.replicas.slice(0, volumes[index]?.replicaCount).flatMap((one, at) => aReplica(drawn, volumes[index], one, at)),
  );
  const classes = drawn.classes.map((each, index) => ({ ...each, name: `c${index}`, isDefault: index === 0 }));
  const bare: Snapshot = { nodes: [], volumes, replicas, classes, settings };
  return { ...bare, nodes: drawn.nodes.map((each, index) => aNode(bare, each, index)) };
}

function aNode(bare: Snapshot, drawn: Drawn<typeof node>, index: number): LonghornNode {
  const name = `n${index}`;
  const disks = drawn.disks.map((each, at) => [`d${at}`, aDisk(bare, each, { node: name, name: `d${at}` })] as const);
  return {
    ...{
      name,
      uid: `uid-${name}`,
      resourceVersion: "1",
      annotations: {},
      evictionRequested: false,
      isSyncing: false,
      zone: drawn.zone,
    },
    ...{
      isDeleting: index > 0 && drawn.isDeleting,
      allowScheduling: drawn.isAllowed,
      tags: drawn.tags.toSorted(),
      disks: new Map(disks),
    },
    conditions: [condition("Ready", drawn.isReady), condition("Schedulable", drawn.isSchedulable)],
  };
}

function aDisk(
  bare: Snapshot,
  drawn: Drawn<typeof disk>,
  { node, name }: { readonly node: string; readonly name: string },
): LonghornDisk {
  const uuid = `${node}-${name}`;
  const maximumBytes = drawn.maximum * gib;
  const own = bare.replicas.filter(({ diskUuid }) => diskUuid === uuid).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const now = {
    availableBytes: Math.floor((maximumBytes * drawn.free) / 100 / gib) * gib,
    scheduledBytes: own + drawn.others * gib,
  };
  const spec: LonghornDisk = {
    ...{ name, path: `/data/${name}`, type: drawn.isBlock ? "block" : "filesystem", hasTagsField: true, status: undefined },
    ...{ allowScheduling: drawn.will === "take", evictionRequested: drawn.will === "evicting", tags: drawn.tags.toSorted() },
    storageReservedBytes: Math.trunc(maximumBytes * drawn.reserved),
  };
  if (drawn.state === "nothing found") return spec;
  const isReady = drawn.state === "ready";
  const status = {
    uuid,
    maximumBytes: isReady ? maximumBytes : 0,
    ...(isReady ? now : { availableBytes: 0, scheduledBytes: 0 }),
    health: [],
  };
  const ready = { ...status, conditions: [], isReady, isSchedulable: false };
  const isSchedulable = isReady && hasSpace(bare, { ...spec, status: ready }, { sizeBytes: 0, actualBytes: 0 }, now);
  const conditions = [condition("Ready", isReady), condition("Schedulable", isSchedulable)];
  return { ...spec, status: { ...ready, isSchedulable, conditions } };
}

function aVolume(drawn: Drawn<typeof volume>, name: string, nodeCount: number): LonghornVolume {
  const { dataEngine, diskSelector, nodeSelector, softAntiAffinity, isStrict } = drawn;
  const attachedTo = drawn.attachedTo === undefined ? "" : `n${drawn.attachedTo % nodeCount}`;
  return {
    ...{
      name,
      dataEngine,
      diskSelector,
      nodeSelector,
      softAntiAffinity,
      attachedTo,
      lastBackupAtMs: undefined,
      claim: undefined,
    },
    ...{
      sizeBytes: drawn.size * gib,
      actualBytes: Math.trunc((drawn.size * drawn.used * gib) / 100),
      replicaCount: isStrict ? 1 : drawn.replicaCount,
    },
    dataLocality: isStrict ? "strict-local" : "disabled",
    ...{ state: attachedTo === "" ? "detached" : "attached", robustness: attachedTo === "" ? "unknown" : "healthy" },
  };
}

function aReplica(
  drawn: DrawnCluster,
  volume: LonghornVolume | undefined,
  one: { readonly place: Drawn<typeof place>; readonly isFailed: boolean },
  at: number,
): readonly LonghornReplica[] {
  const index = one.place.node % drawn.nodes.length;
  const disks = drawn.nodes[index]?.disks ?? [];
  if (volume === undefined || disks.length === 0) return [];
  const { isFailed } = one;
  const [node, diskUuid] = [`n${index}`, `n${index}-d${one.place.disk % disks.length}`];
  const state = { isFailed, isHealthy: !isFailed, isRunning: !isFailed && volume.attachedTo !== "", isEvicting: false };
  return [{ name: `${volume.name}-r${at}`, volume: volume.name, node, diskUuid, sizeBytes: volume.sizeBytes, ...state }];
}

function condition(type: string, is: boolean): LonghornCondition {
  return { type, status: is ? "True" : "False", reason: "", message: "", lastTransitionAtMs: undefined };
}
