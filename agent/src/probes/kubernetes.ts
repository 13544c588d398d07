/**
 * K3s and containerd on this node: what the node itself says; what the cluster says stands elsewhere.
 * Sources: units of systemd and their control groups, /etc/rancher/k3s, /var/lib/rancher/k3s, /run, `k3s --version`, `containerd --version`.
 * Only named options are taken of any configuration: tokens and passwords lie beside them.
 *
 * The programs are asked for their version once an hour and when the process is another one, else the last answer is kept: K3s is a program of
 * 70 MB. Without systemd K3s is not found.
 */
import type { ContainerRuntime, K3s, Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import type { Payload } from "../payload.ts";
import { defineProbe, type LastReadAt, type Past, type Probe } from "../probe.ts";
import { containerdFinding, type RawContainerd, readK3sContainerd, readOwnContainerd } from "./support/kubernetes/containerd.ts";
import { isRunning, k3sFinding, type RawK3s, readK3s } from "./support/kubernetes/k3s-section.ts";
import { readK3sService } from "./support/kubernetes/k3s-service.ts";
import { type RawVersion, readVersion } from "./support/kubernetes/program-version.ts";
import { sectionOf } from "./support/section.ts";
import { listUnits } from "./support/systemd/read-unit.ts";

/** What one run reads. */
export interface RawKubernetes {
  /** Undefined where K3s is not installed; an error where that could not be told. */
  readonly k3s: RawK3s | AppError | undefined;
  /** Undefined where there is none; an error where that could not be told. */
  readonly containerd: { readonly service: RawContainerd; readonly version: RawVersion } | AppError | undefined;
}

/** The probe. */
export const kubernetes: Probe<RawKubernetes> = defineProbe({
  name: "kubernetes",
  title: "K3s and containerd",
  intervalMs: 60_000,
  minimumIntervalMs: 15_000,
  maximumIntervalMs: 3_600_000,
  timeoutMs: 30_000,
  needs: {
    paths: [
      "/etc/systemd/system",
      "/etc/rancher/k3s",
      "/var/lib/rancher/k3s",
      "/etc/containerd",
      "/run",
      "/proc",
      "/sys/fs/cgroup",
    ],
    commands: ["k3s", "containerd"],
    root: true,
  },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal, lastReadAt?: LastReadAt, past?: Past): Promise<RawKubernetes> {
  const units = await listUnits(host);
  const found = await readK3sService(host, units).catch((thrown: unknown) => AppError.from(thrown, "HOST_READ_FAILED"));
  if (found === undefined || found instanceof AppError) {
    const own = await readOwnContainerd(host, units).catch((thrown: unknown) => AppError.from(thrown, "HOST_READ_FAILED"));
    // Without one of its own the machine may still have that of K3s.
    return { k3s: found, containerd: own instanceof AppError ? own : ((await withVersion(own)) ?? found) };
  }
  const before = { k3s: k3sOf(past?.readings("k3s")[0]), lastRunMs: lastReadAt?.("k3s", "") };
  const k3s = await readK3s(host, found, before, signal);
  const containerd = await readK3sContainerd(host, found.options.dataFolder, isRunning(found, "containerd"));
  return { k3s, containerd: await withVersion(containerd) };

  async function withVersion(service: RawContainerd | undefined): Promise<RawKubernetes["containerd"]> {
    if (service === undefined) return undefined;
    const known = containerdOf(past?.readings("container_runtime")[0]);
    const version = known?.isOfK3s === service.isOfK3s ? known.version : "";
    const lastRunMs = lastReadAt?.("container_runtime", "");
    return { service, version: await readVersion(host, "containerd", { version, lastRunMs }, signal) };
  }
}

function parse({ k3s, containerd }: RawKubernetes): Payload | undefined {
  if (k3s === undefined && containerd === undefined) return undefined;
  const parts = [
    sectionOf("k3s", "", () => {
      if (k3s instanceof AppError) throw k3s;
      return k3s === undefined ? undefined : k3sFinding(k3s);
    }),
    sectionOf("container_runtime", "", () => {
      if (containerd instanceof AppError) throw containerd;
      return containerd === undefined ? undefined : containerdFinding(containerd.service, containerd.version);
    }),
  ];
  return { subjects: parts.map(({ subject }) => subject), lists: [], samples: [] };
}

function k3sOf(subject: Subject | undefined): K3s | undefined {
  return subject?.value.case === "k3s" ? subject.value.value : undefined;
}

function containerdOf(subject: Subject | undefined): ContainerRuntime | undefined {
  return subject?.value.case === "containerRuntime" ? subject.value.value : undefined;
}
