/** Reads who processes are: three small files of each, and what names their users, pods and containers, each of that once. */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";
import { forEachLimited } from "../for-each-limited.ts";
import { cgroupOwner } from "./cgroup-owner.ts";
import { containerLogs, podLogs } from "./pod-names.ts";
import { keepUserNames, passwdPath } from "./user-names.ts";

/** What was read of a process; nothing is made of it yet. */
export interface RawProcessOwner {
  readonly pid: number;
  /** /proc/<pid>/stat: name and start. */
  readonly stat: Reading;
  /** /proc/<pid>/status: user. */
  readonly status: Reading;
  /** /proc/<pid>/cgroup: unit, container, pod. */
  readonly cgroup: Reading;
  readonly names: RawNames;
}

/** What is the same for all processes. */
export interface RawNames {
  /** /proc/stat: when the machine was started. */
  readonly stat: Reading;
  /** Lines `name:uid`. */
  readonly users: Reading;
  /** Names in /var/log/containers; absent where no process is in a container. */
  readonly containerLogs: Reading<readonly string[]>;
  /** Names in /var/log/pods; absent where no process is in a pod. */
  readonly podLogs: Reading<readonly string[]>;
}

/** Reads about these processes, each once, in the order of `pids`. One that ends meanwhile has absent files. */
export async function readProcessOwners(host: Host, pids: readonly number[]): Promise<readonly RawProcessOwner[]> {
  const files = new Map<number, Omit<RawProcessOwner, "pid" | "names">>();
  const unique = [...new Set(pids)];
  if (unique.length === 0) return [];
  await forEachLimited(unique, processesAtOnce, async (pid) => {
    const [stat, status, cgroup] = await Promise.all(
      ["stat", "status", "cgroup"].map((name) => readFile(host, `/proc/${pid}/${name}`)),
    );
    if (stat !== undefined && status !== undefined && cgroup !== undefined) files.set(pid, { stat, status, cgroup });
  });
  const owners = [...files.values()].map(({ cgroup }) => cgroupOwner(cgroup.outcome === "ok" ? cgroup.value : ""));
  const isInContainer = owners.some(({ containerId }) => containerId !== "");
  const isInPod = owners.some(({ podUid }) => podUid !== "");
  const [stat, users, containers, pods] = await Promise.all([
    readFile(host, "/proc/stat"),
    readFile(host, passwdPath, { keep: keepUserNames }),
    isInContainer ? readNames(host, containerLogs) : noNames(containerLogs),
    isInPod ? readNames(host, podLogs) : noNames(podLogs),
  ]);
  const names: RawNames = { stat, users, containerLogs: containers, podLogs: pods };
  return unique.flatMap((pid) => {
    const read = files.get(pid);
    return read === undefined ? [] : [{ pid, ...read, names }];
  });
}

const processesAtOnce = 8;

function noNames(path: string): Reading<readonly string[]> {
  return { outcome: "absent", path };
}
