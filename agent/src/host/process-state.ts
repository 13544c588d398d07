/** What the kernel says of a child of ours. */
import { readFileSync } from "node:fs";

/**
 * Whether a process is in an uninterruptible sleep (state D): it waits inside the kernel for a device, and takes no signal before that answers.
 * Source: /proc/<pid>/stat of our own /proc, whatever HOST_ROOT is: the child is in our own namespace of processes. False where it is gone.
 */
export function isInUninterruptibleSleep(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return stateIn(readFileSync(`/proc/${pid}/stat`, "latin1")) === "D";
  } catch {
    return false; // it has ended meanwhile
  }
}

/** The state in the text of /proc/<pid>/stat: it follows the name, which may hold anything, brackets too. */
export function stateIn(stat: string): string | undefined {
  return /^\) (\S)/.exec(stat.slice(stat.lastIndexOf(")")))?.[1];
}
