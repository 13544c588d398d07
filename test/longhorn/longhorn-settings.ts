/** Longhorn's settings as its releases make them: those by which it decides about disks, replicas and tags. */
import type { ClusterApi } from "../kubernetes/cluster-api.ts";
import { type LonghornVersion, longhornPath } from "./longhorn-crds.ts";

/** By name. */
export type Settings = ReadonlyMap<string, string>;

/** What a new installation has. */
export function defaultSettings(version: LonghornVersion): Settings {
  const replicaCount = version === "1.7.2" ? "3" : '{"v1":"3","v2":"3"}';
  const newer = version === "1.7.2" ? {} : { "node-disk-health-monitoring": "true" };
  return new Map(
    Object.entries({ ...common, ...newer, "default-replica-count": replicaCount, "current-longhorn-version": `v${version}` }),
  );
}

/** Makes it, or changes it. */
export async function writeSetting(admin: ClusterApi, name: string, value: string): Promise<void> {
  const merged = await admin.ask("PATCH", longhornPath("settings", name), { value }, "application/merge-patch+json");
  if (merged.status === 404) await admin.create(longhornPath("settings"), settingObject(name, value));
  else if (merged.status !== 200) throw new Error(`setting ${name}: ${JSON.stringify(merged.body)}`);
}

/** All at once, where there are none. */
export async function createSettings(admin: ClusterApi, settings: Settings): Promise<void> {
  await Promise.all([...settings].map(([name, value]) => admin.create(longhornPath("settings"), settingObject(name, value))));
}

const common = {
  "allow-empty-disk-selector-volume": "true",
  "allow-empty-node-selector-volume": "true",
  "create-default-disk-labeled-nodes": "false",
  "crd-api-version": "longhorn.io/v1beta2",
  "default-data-locality": "disabled",
  "default-data-path": "/var/lib/longhorn/",
  "disable-scheduling-on-cordoned-node": "true",
  "node-drain-policy": "block-if-contains-last-replica",
  "replica-auto-balance": "disabled",
  "replica-disk-soft-anti-affinity": "true",
  "replica-soft-anti-affinity": "false",
  "replica-zone-soft-anti-affinity": "true",
  "storage-minimal-available-percentage": "25",
  "storage-over-provisioning-percentage": "100",
  "storage-reserved-percentage-for-default-disk": "30",
  "v2-data-engine": "false",
};

function settingObject(name: string, value: string): object {
  return { apiVersion: "longhorn.io/v1beta2", kind: "Setting", metadata: { name }, value };
}
