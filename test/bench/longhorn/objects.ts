/** Objects of a large Longhorn, with all the fields that it writes. */

const apiVersion = "longhorn.io/v1beta2";
const at = "2026-11-23T08:00:00Z";

/** Node number `index`, with one disk and so much room on it. */
export function nodeObject(index: number, availableBytes = 500_000_000_000): object {
  const name = `node-${index}`;
  const disk = {
    allowScheduling: true,
    diskDriver: "",
    diskType: "filesystem",
    evictionRequested: false,
    path: "/var/lib/longhorn/",
  };
  return {
    ...{ apiVersion, kind: "Node", metadata: { name, finalizers: ["longhorn.io"] } },
    spec: {
      ...{ name, allowScheduling: true, evictionRequested: false, instanceManagerCPURequest: 0, tags: [] },
      disks: { "disk-0": { ...disk, storageReserved: 300_000_000_000, tags: ["nvme"] } },
    },
    status: {
      ...{ autoEvicting: false, region: "", zone: `zone-${index % 3}`, snapshotCheckStatus: {} },
      conditions: nodeConditions.map((type) => condition(type, type === "Ready" ? `Node ${name} is ready` : "")),
      diskStatus: {
        "disk-0": {
          conditions: [
            condition("Ready", `Disk disk-0(/var/lib/longhorn/) on node ${name} is ready`),
            condition("Schedulable", `Disk disk-0(/var/lib/longhorn/) on node ${name} is schedulable`),
          ],
          ...{
            diskDriver: "",
            diskName: "disk-0",
            diskPath: "/var/lib/longhorn/",
            diskType: "filesystem",
            filesystemType: "ext2/ext3",
          },
          ...{ diskUUID: uuid(index), instanceManagerName: `instance-manager-${uuid(index)}` },
          scheduledReplica: Object.fromEntries(Array.from({ length: 5 }, (_, each) => [`pvc-${uuid(index * 5 + each)}-r-1`, 1])),
          ...{ storageAvailable: availableBytes, storageMaximum: 1_000_000_000_000, storageScheduled: 100_000_000_000 },
        },
      },
    },
  };
}

/** Volume number `index`, with three replicas. */
export function volumeObject(index: number): object {
  const claim = { namespace: `team-${index % 50}`, pvcName: `data-app-${index}`, pvName: volumeName(index), pvStatus: "Bound" };
  const pod = { podName: `app-${index}-0`, podStatus: "Running", workloadName: `app-${index}`, workloadType: "StatefulSet" };
  return {
    ...{ apiVersion, kind: "Volume", metadata: { name: volumeName(index), finalizers: ["longhorn.io"] } },
    spec: {
      ...{ size: String(20 * 2 ** 30), numberOfReplicas: 3, dataEngine: "v1", dataLocality: "disabled", frontend: "blockdev" },
      ...{
        diskSelector: ["nvme"],
        nodeSelector: [],
        accessMode: "rwo",
        replicaSoftAntiAffinity: "ignored",
        image: "longhorn-engine",
      },
    },
    status: {
      ...{ actualSize: 2 ** 30 + index, state: "attached", robustness: "healthy", currentNodeID: `node-${index % 100}` },
      ...{ ownerID: `node-${index % 100}`, lastBackup: `backup-${uuid(index)}`, lastBackupAt: at },
      kubernetesStatus: { ...claim, lastPVCRefAt: "", lastPodRefAt: "", workloadsStatus: [pod] },
      conditions: ["WaitForBackingImage", "TooManySnapshots", "Scheduled", "Restore"].map((type) => condition(type, "")),
    },
  };
}

/** Replica number `index` of a Longhorn with so many nodes. */
export function replicaObject(index: number, nodeCount: number): object {
  const volume = volumeName(Math.floor(index / 3));
  const node = (index * 7) % nodeCount;
  return {
    ...{ apiVersion, kind: "Replica", metadata: { name: `${volume}-r-${index % 3}`, labels: { longhornvolume: volume } } },
    spec: {
      ...{ volumeName: volume, volumeSize: String(20 * 2 ** 30), nodeID: `node-${node}`, diskID: uuid(node), active: true },
      ...{ diskPath: "/var/lib/longhorn/", dataDirectoryName: `${volume}-${index}`, dataEngine: "v1", desireState: "running" },
      ...{ healthyAt: at, lastHealthyAt: at, failedAt: "", lastFailedAt: "", evictionRequested: false, image: "longhorn-engine" },
    },
    status: {
      ...{ currentState: "running", instanceManagerName: `instance-manager-${uuid(node)}`, ip: "10.42.0.7", port: 10_000 },
      ...{ started: true, storageIP: "10.42.0.7", ownerID: `node-${node}`, conditions: [condition("InstanceCreation", "")] },
    },
  };
}

const nodeConditions = [
  ...["Ready", "Schedulable", "MountPropagation", "RequiredPackages", "Multipathd", "KernelModulesLoaded", "NFSClientInstalled"],
];

function condition(type: string, message: string): object {
  return { type, message, status: "True", reason: "", lastProbeTime: "", lastTransitionTime: at };
}

function volumeName(index: number): string {
  return `pvc-${uuid(index)}`;
}

/** That of disk number `index`, among others. */
export function uuid(index: number): string {
  const digits = (index * 2_654_435_761).toString(16).padStart(12, "0").slice(-12);
  return `4fc8c312-9495-4e5e-b690-${digits}`;
}
