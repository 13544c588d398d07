/** The list of this folder. A test holds the two together. */
import type { Probe } from "../probe.ts";
import { disks } from "./disks.ts";
import { createGpuProbe } from "./gpu.ts";
import { createKernelLogProbe } from "./kernel-log.ts";
import { kubernetes } from "./kubernetes.ts";
import { longhorn } from "./longhorn.ts";
import { network } from "./network.ts";
import { createOllamaProbe } from "./ollama.ts";
import { createRaspberryPiProbe } from "./raspberry-pi.ts";
import { sensors } from "./sensors.ts";
import { smart } from "./smart.ts";
import type { GpuUsers } from "./support/gpu/gpu-users.ts";
import type { KernelLogFollower } from "./support/kernel-log/kernel-log-follower.ts";
import type { WatchedPeers } from "./support/tailscale/watched-peers.ts";
import { system } from "./system.ts";
import { createTailscaleProbe } from "./tailscale.ts";
import { time } from "./time.ts";

/** What probes share with the rest of the agent. Without it each is by itself, for one run. */
export interface SharedWithProbes {
  /** What the watcher `kernel-log` reads, too. */
  readonly kernelLog?: KernelLogFollower;
  /** The peers that the collector asked for. */
  readonly watchedPeers?: WatchedPeers;
  /** Who uses the GPUs, which the watcher `gpu-users` looks at, too. */
  readonly gpuUsers?: GpuUsers;
  /** An address of the node, for an agent in a container. */
  readonly nodeAddress?: string | undefined;
}

/** Every probe, in the order in which `doctor` shows them. */
export function createProbes({ kernelLog, watchedPeers, nodeAddress, gpuUsers }: SharedWithProbes = {}): readonly Probe[] {
  return [
    system,
    time,
    disks,
    smart,
    createKernelLogProbe(kernelLog),
    network,
    sensors,
    createGpuProbe(gpuUsers),
    createOllamaProbe(nodeAddress),
    createTailscaleProbe(watchedPeers),
    createRaspberryPiProbe(kernelLog),
    kubernetes,
    longhorn,
  ];
}

/** Every probe by itself, for one run of each. */
export const probes: readonly Probe[] = createProbes();
