/**
 * The status that Longhorn's manager gives a node, by what it finds on the machine (controller/node_controller.go): disks that are not ready have
 * neither space nor replicas, and a condition that says why.
 */
import type { KubernetesObject } from "../kubernetes/cluster-api.ts";
import type { HostFolder } from "./host-folders.ts";
import type { Condition, DiskStatus, HealthData, LonghornNode, Replica } from "./longhorn-objects.ts";
import type { Settings } from "./longhorn-settings.ts";

/** What it is computed from. */
export interface StatusScene {
  /** Undefined: it is gone. */
  readonly kubernetes: KubernetesObject | undefined;
  readonly settings: Settings;
  /** Whether the disks of spec and status are brought in line; else the status keeps those that it has. */
  readonly isDiskSyncDue: boolean;
  readonly replicas: readonly Replica[];
  folderAt(path: string): HostFolder | undefined;
  adopt(path: string): string;
  /** What Longhorn itself read of a disk's devices; undefined: it does not (before 1.11). */
  healthOf(disk: string): Readonly<Record<string, HealthData>> | undefined;
}

type Conditions = Readonly<Record<string, Pick<Condition, "status" | "reason" | "message">>>;

/** The status as it should be. */
export function statusOf(
  node: LonghornNode,
  scene: StatusScene,
): NonNullable<LonghornNode["status"]> & { readonly zone: string } {
  const { name } = node.metadata;
  const zone = scene.kubernetes?.metadata.labels?.["topology.kubernetes.io/zone"] ?? "";
  const before = node.status?.conditions ?? [];
  if (scene.kubernetes === undefined) {
    const message = `Kubernetes node missing: node ${name} has been removed from the cluster`;
    const gone = { Ready: { status: "False", reason: "KubernetesNodeGone", message } } as const;
    return {
      zone,
      conditions: [...before.filter(({ type }) => type !== "Ready"), ...withTimes(gone, before)],
      diskStatus: node.status?.diskStatus ?? {},
    };
  }
  const isReady = isKubernetesReady(scene.kubernetes);
  const isCordoned = Object(scene.kubernetes["spec"])["unschedulable"] === true;
  const conditions = withTimes(
    {
      Ready: isReady ? good : { status: "False", reason: "KubernetesNodeNotReady", message: `Kubernetes node ${name} not ready` },
      Schedulable: isCordoned ? { status: "False", reason: "KubernetesNodeCordoned", message: `Node ${name} is cordoned` } : good,
      MountPropagation: good,
    },
    before,
  );
  return { zone, conditions, diskStatus: diskStatusOf(node, scene) };
}

/** A merge patch that makes the one of the other; undefined: they are equal. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  if (!isMap(from) || !isMap(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(to)) {
    const change = mergePatchOf(from[key], value);
    if (change !== undefined) patch[key] = change;
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Longhorn tells space in steps of 100 MiB. */
const spaceStepBytes = 100 * 2 ** 20;
const good = { status: "True", reason: "", message: "" } as const;

function diskStatusOf(node: LonghornNode, scene: StatusScene): Readonly<Record<string, DiskStatus>> {
  const before = node.status?.diskStatus ?? {};
  const wanted = node.spec?.disks ?? {};
  const names = Object.keys(scene.isDiskSyncDue ? wanted : before);
  const usedFsids = new Set<string>();
  const found = names.map((name): readonly [string, DiskStatus] => {
    const last = before[name];
    const path = wanted[name]?.path ?? last?.diskPath ?? "";
    const folder = scene.folderAt(path);
    const problem = problemOf({ name, path, node: node.metadata.name }, folder, last, usedFsids);
    if (problem === undefined && folder !== undefined) usedFsids.add(folder.fsid);
    const isReady = problem === undefined && folder !== undefined;
    const diskUUID = last?.diskUUID || (isReady ? (folder.uuid ?? scene.adopt(path)) : "");
    const replicas = isReady ? scene.replicas.filter(({ spec }) => spec.diskID === diskUUID) : [];
    const scheduledReplica = Object.fromEntries(replicas.map(({ metadata, spec }) => [metadata.name, Number(spec.volumeSize)]));
    const availableBytes = isReady ? folder.availableBytes : 0;
    const storageMaximum = isReady ? folder.maximumBytes : 0;
    const health = isReady ? scene.healthOf(name) : undefined;
    return [
      name,
      {
        ...{
          diskUUID,
          diskName: name,
          diskPath: path,
          diskType: wanted[name]?.diskType || "filesystem",
          filesystemType: "ext2/ext3",
        },
        ...{ storageMaximum, storageAvailable: availableBytes - (availableBytes % spaceStepBytes), scheduledReplica },
        storageScheduled: Object.values(scheduledReplica).reduce((sum, bytes) => sum + bytes, 0),
        conditions: withTimes(
          {
            Ready: problem ?? good,
            Schedulable:
              problem === undefined ? pressureOf(name, folder, scene.settings) : notReady(name, path, node.metadata.name),
          },
          last?.conditions ?? [],
        ),
        ...(health === undefined
          ? {}
          : { healthData: health, healthDataLastCollectedAt: last?.healthDataLastCollectedAt ?? new Date().toISOString() }),
      },
    ];
  });
  return Object.fromEntries(found);
}

type Verdict = Conditions[string];

function problemOf(
  { name, path, node }: { readonly name: string; readonly path: string; readonly node: string },
  folder: HostFolder | undefined,
  last: DiskStatus | undefined,
  usedFsids: ReadonlySet<string>,
): Verdict | undefined {
  const start = `Disk ${name}(${path}) on node ${node} is not ready:`;
  const failed = (reason: string, message: string): Verdict => ({ status: "False", reason, message: `${start} ${message}` });
  if (folder === undefined) return failed("NoDiskInfo", `failed to get disk config: cannot stat ${path}`);
  const known = last?.diskUUID ?? "";
  if (known !== "" && folder.uuid === undefined)
    return failed("DiskFilesystemChanged", "cannot find disk config file, maybe due to a mount error");
  if (known !== "" && folder.uuid !== known)
    return failed("DiskFilesystemChanged", "record diskUUID doesn't match the one on the disk ");
  return usedFsids.has(folder.fsid)
    ? failed("DiskFilesystemChanged", `disk has same file system ID ${folder.fsid} as other disks`)
    : undefined;
}

function notReady(name: string, path: string, node: string): Verdict {
  return { status: "False", reason: "DiskNotReady", message: `Disk ${name} (${path}) on the node ${node} is not ready` };
}

function pressureOf(name: string, folder: HostFolder | undefined, settings: Settings): Verdict {
  const leastBytes = ((folder?.maximumBytes ?? 0) * Number(settings.get("storage-minimal-available-percentage") ?? 25)) / 100;
  if ((folder?.availableBytes ?? 0) > leastBytes) return good;
  return {
    status: "False",
    reason: "DiskPressure",
    message: `Disk ${name} has ${folder?.availableBytes} available, but requires more`,
  };
}

function isKubernetesReady({ status }: KubernetesObject): boolean {
  const { conditions = [] } = Object(status) as { readonly conditions?: readonly Condition[] }; // NodeStatus
  return conditions.find(({ type }) => type === "Ready")?.status !== "False"; // tests make Nodes without a kubelet
}

function withTimes(wanted: Conditions, before: readonly Condition[]): readonly Condition[] {
  return Object.entries(wanted).map(([type, verdict]) => {
    const last = before.find((each) => each.type === type);
    const lastTransitionTime =
      last?.status === verdict.status ? last.lastTransitionTime : new Date().toISOString().replace(/\.\d+/, "");
    return {
      lastProbeTime: "",
      lastTransitionTime,
      message: verdict.message,
      reason: verdict.reason,
      status: verdict.status,
      type,
    };
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
