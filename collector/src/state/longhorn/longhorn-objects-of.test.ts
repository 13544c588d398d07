import { describe, expect, it } from "vitest";
import { isLonghornClass, longhornClassOf, withDefaultCount } from "./longhorn-class-of.ts";
import { longhornReplicaOf } from "./longhorn-replica-of.ts";
import { longhornSettingOf } from "./longhorn-setting-of.ts";
import { longhornTargetOf } from "./longhorn-target-of.ts";
import { longhornVolumeOf } from "./longhorn-volume-of.ts";

const metadata = { name: "pvc-1" };

describe("longhornVolumeOf", () => {
  const used = {
    ...{ namespace: "media", pvcName: "jellyfin", pvName: "pvc-1", pvStatus: "Bound", lastPVCRefAt: "", lastPodRefAt: "" },
    workloadsStatus: [
      { podName: "jellyfin-1", podStatus: "Running", workloadName: "jellyfin-79", workloadType: "ReplicaSet" },
      { podName: "shell", podStatus: "Running", workloadName: "", workloadType: "" },
    ],
  };
  const spec = {
    ...{ size: "21474836480", numberOfReplicas: 2, diskSelector: ["ssd"], nodeSelector: null, dataEngine: "v2" },
    ...{ replicaSoftAntiAffinity: "enabled", replicaZoneSoftAntiAffinity: "ignored", replicaDiskSoftAntiAffinity: "disabled" },
    dataLocality: "best-effort",
  };
  const status = {
    ...{ actualSize: 1_048_576, state: "attached", robustness: "degraded", currentNodeID: "neko" },
    ...{ lastBackupAt: "2026-11-22T03:00:12Z", kubernetesStatus: used },
  };

  it("keeps what we look at, with its size out of a text", () => {
    expect(longhornVolumeOf({ metadata, spec, status })).toEqual({
      ...{ name: "pvc-1", sizeBytes: 21_474_836_480, actualBytes: 1_048_576, replicaCount: 2, diskSelector: ["ssd"] },
      ...{ nodeSelector: [], softAntiAffinity: { node: "enabled", zone: "ignored", disk: "disabled" }, dataEngine: "v2" },
      ...{ dataLocality: "best-effort", state: "attached", robustness: "degraded", attachedTo: "neko" },
      claim: { namespace: "media", name: "jellyfin", workloads: ["Pod/shell", "ReplicaSet/jellyfin-79"] },
      lastBackupAtMs: Date.UTC(2026, 10, 22, 3, 0, 12),
    });
  });

  it("takes one of which little is said as Longhorn takes it", () => {
    expect(longhornVolumeOf({ metadata, spec: { size: "" }, status: { lastBackupAt: "" } })).toEqual({
      ...{ name: "pvc-1", sizeBytes: 0, actualBytes: 0, replicaCount: 0, diskSelector: [], nodeSelector: [], dataEngine: "v1" },
      ...{ softAntiAffinity: { node: "ignored", zone: "ignored", disk: "ignored" }, dataLocality: "disabled", state: "" },
      ...{ robustness: "unknown", attachedTo: "", claim: undefined, lastBackupAtMs: undefined },
    });
  });

  it("takes a claim and pods that were for gone", () => {
    const claimOf = (more: object): unknown =>
      longhornVolumeOf({ metadata, status: { kubernetesStatus: { ...used, ...more } } })?.claim;

    expect(claimOf({ lastPVCRefAt: "2026-11-22T03:00:12Z" })).toBeUndefined();
    expect(claimOf({ lastPodRefAt: "2026-11-22T03:00:12Z" })).toMatchObject({ name: "jellyfin", workloads: [] });
    expect(claimOf({ workloadsStatus: null })).toMatchObject({ name: "jellyfin", workloads: [] });
  });

  it("is nothing without a name", () => {
    expect([longhornVolumeOf({}), longhornReplicaOf({}), longhornTargetOf({}), longhornSettingOf({})]).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe("longhornReplicaOf", () => {
  const spec = {
    ...{ volumeName: "pvc-1", nodeID: "neko", diskID: "4fc8", volumeSize: "1073741824", healthyAt: "2026-11-22T03:00:12Z" },
    ...{ failedAt: "", evictionRequested: false },
  };

  it("is healthy once it was built whole, and fails when it says so", () => {
    const running = { currentState: "running" };

    expect(longhornReplicaOf({ metadata, spec, status: running })).toEqual({
      ...{ name: "pvc-1", volume: "pvc-1", node: "neko", diskUuid: "4fc8", sizeBytes: 1_073_741_824 },
      ...{ isHealthy: true, isFailed: false, isRunning: true, isEvicting: false },
    });
    expect(longhornReplicaOf({ metadata, spec: { ...spec, failedAt: "2026-11-22T04:00:00Z" } })).toMatchObject({
      ...{ isHealthy: false, isFailed: true, isRunning: false },
    });
    expect(longhornReplicaOf({ metadata, spec: { ...spec, healthyAt: "" } })).toMatchObject({
      isHealthy: false,
      isFailed: false,
    });
  });

  it("evicts by its spec, or by its status as Longhorn had it before", () => {
    expect(longhornReplicaOf({ metadata, spec: { evictionRequested: true } })?.isEvicting).toBe(true);
    expect(longhornReplicaOf({ metadata, status: { evictionRequested: true } })?.isEvicting).toBe(true);
  });

  it("is placed nowhere where nothing is said", () => {
    expect(longhornReplicaOf({ metadata })).toMatchObject({ volume: "", node: "", diskUuid: "", sizeBytes: 0, isHealthy: false });
  });
});

describe("longhornClassOf", () => {
  const classOf = (parameters: object, annotations: object = {}) =>
    withDefaultCount(longhornClassOf({ metadata: { name: "longhorn", annotations }, parameters }) ?? expect.fail(), undefined);

  it("splits selectors at commas and does not trim them, as Longhorn does", () => {
    const parameters = { numberOfReplicas: "2", diskSelector: "ssd, fast", nodeSelector: "", dataEngine: "v2" };

    expect(classOf(parameters, { "storageclass.kubernetes.io/is-default-class": "true" })).toEqual({
      ...{ name: "longhorn", isDefault: true, replicaCount: 2, diskSelector: ["ssd", " fast"], nodeSelector: [""] },
      dataEngine: "v2",
    });
    expect(classOf({})).toMatchObject({
      isDefault: false,
      replicaCount: 3,
      diskSelector: [],
      nodeSelector: [],
      dataEngine: "v1",
    });
  });

  it.each([
    { setting: "2", count: 2 },
    { setting: '{"v1":"2","v2":"1"}', count: 2 },
    { setting: '{"v2":"1"}', count: 3 },
    { setting: "many", count: 3 },
    { setting: "", count: 3 },
  ])("has as many replicas as the setting $setting says where it does not", ({ setting, count }) => {
    const said = longhornClassOf({ metadata, parameters: { numberOfReplicas: "0" } });

    expect(said && withDefaultCount(said, setting).replicaCount).toBe(count);
  });

  it("is one of Longhorn's by its driver", () => {
    expect(
      ["driver.longhorn.io", "rancher.io/local-path", undefined].map((provisioner) => isLonghornClass({ provisioner })),
    ).toEqual([...[true, false, false]]);
  });
});

describe("longhornTargetOf", () => {
  it("says whether backups can go there, and why not", () => {
    const unavailable = { type: "Unavailable", status: "True", reason: "Unavailable", message: "cannot connect" };
    const status = { available: false, lastSyncedAt: "2026-11-23T08:00:00Z", conditions: [unavailable] };

    expect(longhornTargetOf({ metadata, spec: { backupTargetURL: "s3://b@eu/" }, status })).toEqual({
      ...{ name: "pvc-1", url: "s3://b@eu/", isAvailable: false, message: "cannot connect" },
      lastSyncedAtMs: Date.UTC(2026, 10, 23, 8),
    });
    expect(
      longhornTargetOf({ metadata, status: { conditions: [{ ...unavailable, status: "False" }], lastSyncedAt: null } }),
    ).toEqual({
      ...{ name: "pvc-1", url: "", isAvailable: undefined, message: "", lastSyncedAtMs: undefined },
    });
  });

  it.each([
    { url: "s3://backups@eu-central-1/home", kept: "s3://backups@eu-central-1/home" },
    { url: "cifs://me:hunter2@nas/backups", kept: "cifs://nas/backups" },
    { url: "nfs://nas:/backups?nfsOptions=soft", kept: "nfs://nas:/backups" },
    { url: "cifs://nas/b?cifsOptions=password=hunter2", kept: "cifs://nas/b" },
  ])("keeps no secret that somebody wrote into $url", ({ url, kept }) => {
    expect(longhornTargetOf({ metadata, spec: { backupTargetURL: url } })?.url).toBe(kept);
  });
});

describe("longhornSettingOf", () => {
  it("reads the value beside the metadata", () => {
    expect(longhornSettingOf({ metadata, value: "false", status: { applied: true } })).toEqual({ name: "pvc-1", value: "false" });
    expect(longhornSettingOf({ metadata, value: null })).toEqual({ name: "pvc-1", value: "" });
  });
});
