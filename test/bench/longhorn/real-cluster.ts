/** A real API server with the kinds of Longhorn 1.12 and so many objects, under the collector's rights. */
import { setTimeout as sleep } from "node:timers/promises";
import { grant } from "../../kubernetes/cluster-objects.ts";
import { clusterRights } from "../../kubernetes/collector-rights.ts";
import { names, startHouse } from "../../kubernetes/house.ts";
import { createLonghornKinds, longhornNamespace, longhornPath } from "../../longhorn/longhorn-crds.ts";
import { longhornRights, storageClassRights } from "../../longhorn/longhorn-rights.ts";
import { createSettings, defaultSettings } from "../../longhorn/longhorn-settings.ts";
import type { LonghornCluster, LonghornSize } from "./cluster.ts";
import { nodeObject, replicaObject, volumeObject } from "./objects.ts";

const writers = 48;
/** The API server needs a moment until it serves a kind in another form. */
const takenUpMs = 2_000;

/** Starts it and writes all objects. */
export async function realCluster(size: LonghornSize): Promise<LonghornCluster> {
  await using parts = new AsyncDisposableStack();
  const house = parts.use(await startHouse());
  const { admin } = house.cluster;
  await createLonghornKinds(admin, "1.12.1");
  for (const plural of ["nodes", "volumes", "replicas"]) await storeStatus(plural);
  await grant(admin, names.collector, { rules: longhornRights, namespace: longhornNamespace });
  await grant(admin, names.collector, { rules: [...clusterRights, storageClassRights] });
  await createSettings(admin, defaultSettings("1.12.1"));
  await create("nodes", size.nodes, (index) => nodeObject(index));
  await create("volumes", size.volumes, volumeObject);
  await create("replicas", size.replicas, (index) => replicaObject(index, size.nodes));
  const lasting = parts.move();
  return {
    client: house.client,
    async setAvailable(node, bytes) {
      const body = { status: { diskStatus: { "disk-0": { storageAvailable: bytes } } } };
      await admin.ask("PATCH", longhornPath("nodes", `node-${node}`), body, "application/merge-patch+json");
    },
    async requestsSince(atMs) {
      const user = `system:serviceaccount:${names.collector.namespace}:${names.collector.name}`;
      const ours = (await house.cluster.requests()).filter((each) => each.user === user && each.answeredAtMs >= atMs);
      return ours.map(({ verb, resource }) => `${verb} ${resource}`);
    },
    [Symbol.asyncDispose]: () => lasting.disposeAsync(),
  };

  /** Else each object would have to be written twice to have one. */
  async function storeStatus(plural: string): Promise<void> {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.longhorn.io`;
    const kind = await admin.get(path);
    const { versions, ...spec } = kind["spec"] as { readonly versions: readonly object[] }; // CustomResourceDefinition
    const withoutSubresources = versions.map((version) => ({ ...version, subresources: undefined }));
    await admin.replace(path, { ...kind, spec: { ...spec, versions: withoutSubresources } });
    await sleep(takenUpMs);
  }

  async function create(plural: string, count: number, object: (index: number) => object): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) await admin.create(longhornPath(plural), object(next++));
    };
    await Promise.all(Array.from({ length: writers }, work));
  }
}
