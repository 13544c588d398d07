/**
 * What Longhorn needs of this node, by longhornctl's checks, and its folders of which something is wrong. Listed only where Longhorn's folder or
 * K3s is; elsewhere the probe is absent at the cost of two listings. Each part in support/longhorn says its sources; no program is run.
 * Left out: unique host names and mount propagation, which only the cluster can tell, and what only Longhorn's second engine needs.
 */
import type { Subject } from "@nodekeeper/proto";
import type { Host } from "../host/host.ts";
import { type Reading, readFile, readNames } from "../host/reading.ts";
import { completeList, incompleteList, type Payload } from "../payload.ts";
import { defineProbe, type LastReadAt, type Past, type Probe } from "../probe.ts";
import { limitId } from "./support/block/identity.ts";
import { distributionOf } from "./support/longhorn/distribution.ts";
import { readKernelChecks } from "./support/longhorn/kernel-checks.ts";
import { type Check, fine } from "./support/longhorn/longhorn-check.ts";
import { diskFolders, pathProblems, type RawLonghornPaths, readLonghornPaths } from "./support/longhorn/longhorn-paths.ts";
import { readProgramChecks } from "./support/longhorn/program-checks.ts";
import { readServiceChecks } from "./support/longhorn/service-checks.ts";
import { cut, printable } from "./support/printable.ts";
import { type Section, sectionOf } from "./support/section.ts";

/** What one run reads; undefined on a node that is none of Longhorn's. */
export interface RawLonghornNeeds {
  readonly checks: readonly Check[];
  readonly paths: RawLonghornPaths;
  /** Undefined where it could not be told. */
  readonly isLonghornHere: boolean | undefined;
}

/** The probe. */
export const longhorn: Probe<RawLonghornNeeds | undefined> = defineProbe<RawLonghornNeeds | undefined>({
  name: "longhorn",
  title: "what Longhorn needs of this node",
  intervalMs: 300_000,
  minimumIntervalMs: 60_000,
  maximumIntervalMs: 3_600_000,
  timeoutMs: 20_000,
  needs: {
    paths: [
      "/var/lib/longhorn",
      "/etc/fstab",
      "/etc/multipath.conf",
      "/proc",
      "/sys/fs/cgroup",
      "/lib/modules",
      "/boot",
      "/usr/sbin",
    ],
    commands: [],
    root: false,
  },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal, _?: LastReadAt, past?: Past): Promise<RawLonghornNeeds | undefined> {
  const [libraries, rancher] = await Promise.all([readNames(host, "/var/lib"), readNames(host, "/var/lib/rancher")]);
  if (!has(libraries, "longhorn") && !has(rancher, "k3s")) {
    for (const names of [libraries, rancher]) if (names.outcome === "failed") throw names.error;
    return undefined;
  }
  const distribution = distributionOf(await readFile(host, "/etc/os-release"));
  const [services, programs, kernel, paths] = await Promise.all([
    readServiceChecks(host),
    readProgramChecks(host, distribution),
    readKernelChecks(host),
    readLonghornPaths(host, knownFolders(past), signal),
  ]);
  const isLonghornHere = libraries.outcome === "failed" ? undefined : has(libraries, "longhorn");
  return { checks: [...services, ...programs, ...kernel], paths, isLonghornHere };
}

function parse(raw: RawLonghornNeeds | undefined): Payload | undefined {
  if (raw === undefined) return undefined;
  const { checks, paths, isLonghornHere } = raw;
  const sections = [
    ...checks.map(({ id, judge }) => sectionOf("longhorn_check", id, () => ({ value: shortened(judge()) }))),
    folderSection(paths, isLonghornHere),
    ...pathProblems(paths).map(({ path, ...problem }) =>
      sectionOf("longhorn_path", limitId(path), () => ({ value: shortened(problem) })),
    ),
  ];
  const failure = paths.incompleteBecause;
  return {
    subjects: sections.map(({ subject }) => subject),
    lists: [
      completeList("longhorn_check"),
      failure === undefined ? completeList("longhorn_path") : incompleteList("longhorn_path", failure),
    ],
    samples: [],
  };
}

function has(names: Reading<readonly string[]>, name: string): boolean {
  return names.outcome === "ok" && names.value.includes(name);
}

/** What this agent remembers between runs: where Longhorn's file was. One that was missed then is looked for again. */
function knownFolders(past: Past | undefined): readonly string[] {
  const checks = past?.readings("longhorn_check") ?? [];
  const folders = checks.flatMap((subject) => (subject.value.case === "longhornCheck" ? subject.value.value.folders : []));
  const missed = (past?.readings("longhorn_path") ?? []).filter(isMissed).map(({ id }) => id);
  return [...new Set([...folders, ...missed])];
}

/** Data below a mount point needs no memory: fstab and the folder say it again. */
function isMissed({ value }: Subject): boolean {
  return value.case === "longhornPath" && value.value.problem !== "on-root-filesystem";
}

function folderSection(paths: RawLonghornPaths, isLonghornHere: boolean | undefined): Section {
  return sectionOf("longhorn_check", "disk-folders", () => {
    const folders = diskFolders(paths);
    const message = folders.length === 0 ? "no folder holds longhorn-disk.cfg" : `Longhorn keeps data in ${folders.join(", ")}`;
    return { value: { ...shortened(fine(message)), folders: [...folders], isLonghornHere } };
  });
}

/** Texts as they may stand on the wire. */
function shortened<Value extends { readonly message: string; readonly remedy: string }>(value: Value): Value {
  return { ...value, message: cut(printable(value.message, 512), 512), remedy: cut(printable(value.remedy, 512), 512) };
}
