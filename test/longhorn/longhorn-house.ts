/**
 * A cluster with nodekeeper and Longhorn in it: a real API server with the kinds of one of Longhorn's releases, its settings and classes, its webhook in
 * force, and the stand-in for its manager, which makes a node of Longhorn for each Node.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { grant } from "../kubernetes/cluster-objects.ts";
import { clusterRights } from "../kubernetes/collector-rights.ts";
import { type House, names, startHouse } from "../kubernetes/house.ts";
import { createLonghornKinds, type LonghornVersion, longhornNamespace, longhornPath } from "./longhorn-crds.ts";
import { setUpLonghornFence } from "./longhorn-fence.ts";
import type { DiskSpec, LonghornNode, Replica, Volume } from "./longhorn-objects.ts";
import { longhornRights, storageClassRights } from "./longhorn-rights.ts";
import { createSettings, defaultSettings } from "./longhorn-settings.ts";
import { type LonghornStandIn, type StandInOptions, startLonghornStandIn } from "./longhorn-stand-in.ts";
import { type LonghornWebhook, startLonghornWebhook } from "./longhorn-webhook.ts";

/** Longhorn in a cluster. */
export interface LonghornInstallation extends AsyncDisposable {
  readonly version: LonghornVersion;
  readonly webhook: LonghornWebhook;
  readonly manager: LonghornStandIn;
  /** As the API server has it; undefined: there is none. */
  node(name: string): Promise<LonghornNode | undefined>;
  nodes(): Promise<readonly LonghornNode[]>;
  /** Waits until it holds of a node, and gives it. */
  untilNode(name: string, holds: (node: LonghornNode) => boolean, withinMs?: number): Promise<LonghornNode>;
  /** Makes a volume, whose replicas the manager then places; by default of 1 GiB with three, attached nowhere. */
  createVolume(name: string, spec?: Partial<Volume["spec"]>): Promise<void>;
  replicasOf(volume: string): Promise<readonly Replica[]>;
}

/** How it begins. */
export interface InstallationOptions extends StandInOptions {
  /** Besides what a new installation has, or in its place. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Both. */
export interface LonghornHouse extends House {
  readonly longhorn: LonghornInstallation;
}

/** Starts a house with Longhorn in it, and the fence around its nodes; badger and otter are such. */
export async function startLonghornHouse(version: LonghornVersion, options: InstallationOptions = {}): Promise<LonghornHouse> {
  await using parts = new AsyncDisposableStack();
  const house = parts.use(await startHouse());
  const longhorn = parts.use(await installLonghorn(house.cluster.admin, version, options));
  const own = ["badger", "otter"].filter(options.runsOn ?? (() => true));
  await Promise.all(own.map((name) => longhorn.untilNode(name, isSynced)));
  if (own[0] !== undefined) await setUpLonghornFence(house.cluster.admin, house.collector, own[0]);
  const lasting = parts.move();
  return { ...house, longhorn, [Symbol.asyncDispose]: () => lasting.disposeAsync() };
}

/** Installs Longhorn in a house that there is, without the fence: that wants a node to be tried on. */
export async function installLonghorn(
  admin: ClusterApi,
  version: LonghornVersion,
  { settings = {}, ...options }: InstallationOptions = {},
): Promise<LonghornInstallation> {
  await using parts = new AsyncDisposableStack();
  await createLonghornKinds(admin, version);
  await grant(admin, names.collector, { rules: longhornRights, namespace: longhornNamespace });
  await grant(admin, names.collector, { rules: [...clusterRights, storageClassRights] });
  await createSettings(admin, new Map([...defaultSettings(version), ...Object.entries(settings)]));
  await admin.create("/apis/storage.k8s.io/v1/storageclasses", defaultClass);
  await admin.create(longhornPath("backuptargets"), defaultBackupTarget);
  const webhook = parts.use(await startLonghornWebhook(admin, version));
  const manager = parts.use(await startLonghornStandIn(admin, version, options));
  const lasting = parts.move();

  const node: LonghornInstallation["node"] = async (name) => {
    const { status, body } = await admin.ask("GET", longhornPath("nodes", name));
    return status === 200 ? (body as LonghornNode) : undefined; // of the API server
  };
  return {
    ...{ version, webhook, manager, node },
    nodes: async () => (await admin.get(longhornPath("nodes")))["items"] as readonly LonghornNode[], // NodeList
    async untilNode(name, holds, withinMs = 30_000) {
      const endMs = performance.now() + withinMs;
      for (;;) {
        const found = await node(name);
        if (found !== undefined && holds(found)) return found;
        if (performance.now() > endMs)
          throw new Error(`Longhorn's node ${name} did not become so within ${withinMs} ms: ${JSON.stringify(found)}`);
        await sleep(pollMs);
      }
    },
    async createVolume(name, spec = {}) {
      const { size = String(2 ** 30), numberOfReplicas = 3 } = spec;
      const common = { dataEngine: "v1", dataLocality: "disabled", accessMode: "rwo", frontend: "blockdev", nodeID: "" };
      await admin.create(longhornPath("volumes"), {
        ...{ apiVersion: "longhorn.io/v1beta2", kind: "Volume", metadata: { name } },
        spec: { ...common, diskSelector: [], nodeSelector: [], ...spec, size, numberOfReplicas },
      });
    },
    async replicasOf(volume) {
      const all = (await admin.get(longhornPath("replicas")))["items"] as readonly Replica[]; // ReplicaList
      return all.filter(({ spec }) => spec.volumeName === volume);
    },
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };
}

/** Whether the webhook would let somebody write on it: status names the disks of spec. */
export function isSynced({ spec, status }: LonghornNode): boolean {
  const wanted = Object.keys(spec?.disks ?? {})
    .sort()
    .join("\n");
  return (
    wanted ===
    Object.keys(status?.diskStatus ?? {})
      .sort()
      .join("\n")
  );
}

/** Name and fields of a node's first disk; the API server has them by name. */
export function firstDisk({ spec }: LonghornNode): readonly [name: string, disk: DiskSpec] {
  return Object.entries(spec?.disks ?? {})[0] ?? ["", {}];
}

/** Whether its disks were found by the manager. */
export function isFound(node: LonghornNode): boolean {
  return isSynced(node) && Object.values(node.status?.diskStatus ?? {}).some(({ diskUUID }) => diskUUID !== "");
}

const pollMs = 25;

const defaultClass = {
  ...{ provisioner: "driver.longhorn.io", reclaimPolicy: "Delete", volumeBindingMode: "Immediate", allowVolumeExpansion: true },
  metadata: { name: "longhorn", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  parameters: { numberOfReplicas: "3", staleReplicaTimeout: "30", fsType: "ext4" },
};

/** None is set up. */
const defaultBackupTarget = {
  ...{ apiVersion: "longhorn.io/v1beta2", kind: "BackupTarget", metadata: { name: "default" } },
  spec: { backupTargetURL: "", credentialSecret: "", pollInterval: "5m0s" },
};
