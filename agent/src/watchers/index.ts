/** The list of this folder. A test holds the two together. */
import { createGpuUsers, type GpuUsers } from "../probes/support/gpu/gpu-users.ts";
import type { KernelLogFollower } from "../probes/support/kernel-log/kernel-log-follower.ts";
import type { Watcher } from "../watcher.ts";
import { diskChanges } from "./disk-changes.ts";
import { createGpuUsersWatcher } from "./gpu-users.ts";
import { createKernelLogWatcher } from "./kernel-log.ts";
import { tailscale } from "./tailscale.ts";

/** Every watcher, for one run of the agent. What they learn of the GPUs' users the probe `gpu` may share. */
export function createWatchers(kernelLog: KernelLogFollower, gpuUsers: GpuUsers = createGpuUsers()): readonly Watcher[] {
  return [diskChanges, createKernelLogWatcher(kernelLog), createGpuUsersWatcher(gpuUsers), tailscale];
}
