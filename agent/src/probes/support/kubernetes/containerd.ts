/**
 * containerd: the one that K3s brings, or the distribution's. Sources: control groups, sockets under /run, config.toml, `containerd --version`.
 * A configuration may hold passwords of registries: only the names of runtimes are taken of it.
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";
import type { Finding } from "../section.ts";
import type { InstalledUnits } from "../systemd/read-unit.ts";
import { readUnitProcesses } from "../systemd/unit-processes.ts";
import { type RawVersion, versionIn } from "./program-version.ts";

/** What is read of it. */
export interface RawContainerd {
  readonly isOfK3s: boolean;
  /** Undefined where that could not be told. */
  readonly isRunning: boolean | undefined;
  /** Names in the socket's folder. */
  readonly sockets: Reading<readonly string[]>;
  readonly configurations: readonly Reading[];
}

/** K3s's own; `isRunning` is what the processes of K3s's unit say. */
export async function readK3sContainerd(host: Host, dataFolder: string, isRunning: boolean | undefined): Promise<RawContainerd> {
  const configurations = await readConfigurations(host, [`${dataFolder}/agent/etc/containerd/config.toml`]);
  return { isOfK3s: true, isRunning, sockets: await readNames(host, k3sSocketFolder), configurations };
}

/** The distribution's, or the one of its containers' engine; undefined where its unit is not installed. Throws where that could not be told. */
export async function readOwnContainerd(
  host: Host,
  { names: units, unread }: InstalledUnits,
): Promise<RawContainerd | undefined> {
  if (!units.has(unit)) {
    if (unread !== undefined) throw unread;
    return undefined;
  }
  const processes = await readUnitProcesses(host, unit, [(name) => name === "containerd"]);
  const dropIns = await readNames(host, "/etc/containerd/conf.d");
  const names = dropIns.outcome === "ok" ? dropIns.value.filter((name) => name.endsWith(".toml")).slice(0, maximumFiles) : [];
  return {
    isOfK3s: false,
    isRunning: processes === undefined ? undefined : processes[0] !== undefined,
    sockets: await readNames(host, socketFolder),
    configurations: await readConfigurations(host, [
      "/etc/containerd/config.toml",
      ...names.map((name) => `/etc/containerd/conf.d/${name}`),
    ]),
  };
}

/**
 * As it is told; `version` is what `containerd --version` printed: "containerd github.com/k3s-io/containerd v2.0.5-k3s2 <commit>". A machine may have
 * both programs: what the other one says of itself is not taken.
 */
export function containerdFinding(service: RawContainerd, version: RawVersion): Finding<"container_runtime"> {
  const { isRunning, isOfK3s, sockets, configurations } = service;
  const isSocketThere = sockets.outcome === "ok" && sockets.value.includes("containerd.sock");
  const runtimes = configurations.flatMap((file) => (file.outcome === "ok" ? runtimesIn(file.value) : []));
  return {
    value: {
      name: "containerd",
      version: versionIn(version, isOfK3s ? versionOfK3s : versionOfOthers),
      isRunning,
      socket: isSocketThere ? `${isOfK3s ? k3sSocketFolder : socketFolder}/containerd.sock` : "",
      isOfK3s,
      gpuRuntimes: [...new Set(runtimes)].filter((name) => gpuRuntime.test(name)).slice(0, maximumRuntimes),
    },
  };
}

/** Headers of tables for runtimes, as a file that says the same again. */
export function keepRuntimes(text: string): string {
  return runtimesIn(text)
    .map((name) => `[plugins.cri.containerd.runtimes."${name}"]\n`)
    .join("");
}

const versionOfK3s = /^containerd (?=.*k3s)\S+ v?(\d\S*)/m;
const versionOfOthers = /^containerd (?!.*k3s)\S+ v?(\d\S*)/m;
const unit = "containerd.service";
const k3sSocketFolder = "/run/k3s/containerd";
const socketFolder = "/run/containerd";
const maximumFiles = 32;
const maximumRuntimes = 16;
/** What the toolkits of the makers call theirs: nvidia, nvidia-cdi, nvidia-legacy, nvidia-experimental, amd, habana. */
const gpuRuntime = /^(?:nvidia|amd|rocm|habana)(?:$|-)/;
/** The plugin's name differs by version: cri, "io.containerd.grpc.v1.cri", 'io.containerd.cri.v1.runtime'. */
const runtimeTable = /^[ \t]*\[[ \t]*plugins\.[^\n]{1,80}?\.containerd\.runtimes\.["']?([\w.-]{1,64}?)["']?[ \t]*\]/gm;

function runtimesIn(text: string): readonly string[] {
  return [...text.matchAll(runtimeTable)].map(([, name = ""]) => name).filter((name) => !name.includes("."));
}

async function readConfigurations(host: Host, paths: readonly string[]): Promise<readonly Reading[]> {
  return await Promise.all(paths.map((path) => readFile(host, path, { keep: keepRuntimes })));
}
