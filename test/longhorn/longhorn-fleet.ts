/** A fleet with Longhorn: the built collector as a process of its own, and on each node an agent and a disk of Longhorn. */
import { type ClusterFleet, startClusterFleet } from "../cluster-fleet/cluster-fleet.ts";
import { waitUntil } from "../durability/wait-until.ts";
import type { AuditedRequest } from "../kubernetes/cluster.ts";
import { names } from "../kubernetes/house.ts";
import type { LonghornVersion } from "./longhorn-crds.ts";
import { setUpLonghornFence } from "./longhorn-fence.ts";
import { type InstallationOptions, installLonghorn, isFound, type LonghornInstallation } from "./longhorn-house.ts";
import type { LonghornNode } from "./longhorn-objects.ts";

/** How it is made. */
export interface LonghornFleetOptions extends InstallationOptions {
  readonly version: LonghornVersion;
  readonly nodes: readonly string[];
  /** YAML. */
  readonly policy: string;
}

/** It runs. */
export interface LonghornFleet extends ClusterFleet {
  readonly longhorn: LonghornInstallation;
  /** Of the nodes that have an agent. */
  longhornNodes(): Promise<readonly LonghornNode[]>;
  /** What the collector asked of Longhorn's objects, in order; of nodes only of those that have an agent. */
  requests(): Promise<readonly AuditedRequest[]>;
}

/** Starts it; resolves when every agent is greeted. */
export async function startLonghornFleet({ nodes, policy, version, ...options }: LonghornFleetOptions): Promise<LonghornFleet> {
  let longhorn: LonghornInstallation | undefined;
  const known = new Set(nodes);
  const uuids = new Map<string, string>();
  const fleet = await startClusterFleet({
    ...{ nodes, policy },
    async prepare({ cluster, collector }) {
      const installed = await installLonghorn(cluster.admin, version, options);
      longhorn = installed;
      await waitUntil("every disk to be found", 30_000 + nodes.length * 100, async () => {
        const found = (await installed.nodes()).filter((node) => known.has(node.metadata.name) && isFound(node));
        return found.length === nodes.length;
      });
      await setUpLonghornFence(cluster.admin, collector, "badger");
      for (const { metadata, status } of await installed.nodes()) {
        const [disk] = Object.values(status?.diskStatus ?? {});
        uuids.set(metadata.name, disk?.diskUUID ?? "");
      }
      return installed;
    },
    equipmentOf: (node) => ({
      ...{ hasGpu: false, hasDataDisk: false, isDiskFailing: false, longhornDiskUuid: uuids.get(node) ?? "" },
    }),
  });
  if (longhorn === undefined) throw new Error("a fleet is prepared before it starts");
  const installed = longhorn;
  return {
    ...fleet,
    longhorn: installed,
    longhornNodes: async () => (await installed.nodes()).filter(({ metadata }) => known.has(metadata.name)),
    async requests() {
      const user = `system:serviceaccount:${names.collector.namespace}:${names.collector.name}`;
      return (await fleet.house.cluster.requests()).filter(
        (each) =>
          each.user === user && each.resource.endsWith(".longhorn.io") && (each.name === undefined || known.has(each.name)),
      );
    },
  };
}
