/** The list of this folder. A test holds the two together. */
import type { KernelLogFollower } from "../probes/support/kernel-log/kernel-log-follower.ts";
import type { Watcher } from "../watcher.ts";
import { diskChanges } from "./disk-changes.ts";
import { createKernelLogWatcher } from "./kernel-log.ts";

/** Every watcher, for one run of the agent. */
export function createWatchers(kernelLog: KernelLogFollower): readonly Watcher[] {
  return [diskChanges, createKernelLogWatcher(kernelLog)];
}
