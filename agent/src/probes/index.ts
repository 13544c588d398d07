/** The list of this folder. A test holds the two together. */
import type { Probe } from "../probe.ts";
import { disks } from "./disks.ts";
import { createKernelLogProbe } from "./kernel-log.ts";
import { network } from "./network.ts";
import { sensors } from "./sensors.ts";
import { smart } from "./smart.ts";
import type { KernelLogFollower } from "./support/kernel-log/kernel-log-follower.ts";
import { system } from "./system.ts";
import { time } from "./time.ts";

/** Every probe, in the order in which `doctor` shows them. With a follower, `kernel-log` shares what is read with the watcher of that name. */
export function createProbes(kernelLog?: KernelLogFollower): readonly Probe[] {
  return [system, time, disks, smart, createKernelLogProbe(kernelLog), network, sensors];
}

/** Every probe by itself, for one run of each. */
export const probes: readonly Probe[] = createProbes();
