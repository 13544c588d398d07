/** What hangs together, for the guard of the pool: where one call does not come back, no other there would. Pure. */
import { dirname } from "node:path";
import type { HostAction } from "./host-error.ts";

/** One name for all that hang together: a mount, the files of one device, and all that a driver answers under one lock. */
export function blockingSubject(action: HostAction, path: string): string {
  if (action === "measure") return path;
  return oneLock.find((folder) => path.startsWith(`${folder}/`)) ?? dirname(path);
}

/** NVIDIA's driver takes the same lock for every GPU: each by itself, three that hang would take all threads. */
const oneLock: readonly string[] = ["/proc/driver/nvidia"];
