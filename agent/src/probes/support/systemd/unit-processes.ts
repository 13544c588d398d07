/**
 * Processes of a service, by its control group. Sources: cgroup.procs of the unit under system.slice (with cgroups of the first version in
 * systemd's own hierarchy), /proc/<pid>/stat. systemd takes the group away when the service and all that it left behind has ended.
 *
 * The kernel writes cgroup.procs in the numbers of the reader's own namespace: for a container that has not the host's, each is 0. Then /proc is
 * searched for processes of that name, and their group is asked of themselves.
 */
import type { Host } from "../../../host/host.ts";
import { readFile, readNames } from "../../../host/reading.ts";
import { type ProcessStat, parseProcessStat } from "../processes/process-stat.ts";

/** A process of a service. */
export interface UnitProcess extends ProcessStat {
  readonly pid: number;
}

/** Finds processes by what they are called, the first of each name. Undefined where control groups or a process could not be looked at. */
export async function readUnitProcesses(
  host: Host,
  unit: string,
  isWanted: readonly ((name: string) => boolean)[],
): Promise<readonly (UnitProcess | undefined)[] | undefined> {
  const own = await readPids(host, unit);
  const pids = own === "not told" ? await readAllPids(host) : own;
  if (pids === undefined) return undefined;
  const found: (UnitProcess | undefined)[] = isWanted.map(() => undefined);
  let isCertain = true;
  for (const pid of pids) {
    if (found.every((process) => process !== undefined)) break;
    const stat = await readFile(host, `/proc/${pid}/stat`);
    if (stat.outcome === "failed") isCertain = false;
    const process = stat.outcome === "ok" ? parseProcessStat(stat.value) : undefined;
    const index = process === undefined ? -1 : isWanted.findIndex((test, at) => found[at] === undefined && test(process.name));
    if (process === undefined || index < 0) continue;
    if (own === "not told" && !(await isOfUnit(host, pid, unit))) continue;
    found[index] = { ...process, pid };
  }
  return isCertain || found.every((process) => process !== undefined) ? found : undefined;
}

/** The unified hierarchy, that of a mixed setup, and that of the first version. */
const hierarchies: readonly string[] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];
const maximumProcesses = 4096;

/** None where the unit has no group, as when it is stopped. */
async function readPids(host: Host, unit: string): Promise<readonly number[] | "not told" | undefined> {
  for (const hierarchy of hierarchies) {
    const slice = await readNames(host, `${hierarchy}/system.slice`);
    if (slice.outcome === "failed") return undefined;
    if (slice.outcome === "absent") continue;
    if (!slice.value.includes(unit)) return [];
    const procs = await readFile(host, `${hierarchy}/system.slice/${unit}/cgroup.procs`);
    if (procs.outcome === "failed") return undefined;
    const lines = procs.outcome === "ok" ? procs.value.split("\n") : [];
    return lines.includes("0") ? "not told" : sortedPids(lines);
  }
  return undefined;
}

async function readAllPids(host: Host): Promise<readonly number[] | undefined> {
  const names = await readNames(host, "/proc");
  return names.outcome === "ok" ? sortedPids(names.value) : undefined;
}

async function isOfUnit(host: Host, pid: number, unit: string): Promise<boolean> {
  const group = await readFile(host, `/proc/${pid}/cgroup`);
  return group.outcome === "ok" && group.value.split("\n").some((line) => line.endsWith(`/system.slice/${unit}`));
}

function sortedPids(names: readonly string[]): readonly number[] {
  const pids = names.filter((name) => /^[1-9]\d{0,9}$/.test(name)).map(Number);
  return pids.toSorted((left, right) => left - right).slice(0, maximumProcesses);
}
