/** A process named so that a later process with the same number is not taken for it. */
import { readFileSync } from "node:fs";

/**
 * @typedef {object} ProcessIdentity
 * @property {number} pid
 * @property {string} startedTicks start time in clock ticks since boot (`/proc/<pid>/stat`, field 22); empty where there is no /proc
 */

/**
 * @param {number} pid
 * @returns {ProcessIdentity}
 */
export function identifyProcess(pid) {
  return { pid, startedTicks: readStat(pid).startedTicks };
}

/**
 * A process that has ended but was not yet collected by its parent (a zombie) is not alive: it holds nothing any more.
 *
 * @param {ProcessIdentity} identity
 * @returns {boolean}
 */
export function isAlive(identity) {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  const { state, startedTicks } = readStat(identity.pid);
  return state !== "Z" && startedTicks === identity.startedTicks;
}

/**
 * Ends a process and everything in its process group, which it leads. Does nothing if it is gone.
 *
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * @param {number} pid
 * @returns {{ state: string, startedTicks: string }} empty strings for no such process, or on a system without /proc
 */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name, in brackets, may contain spaces and brackets: count from its last bracket (field 2).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startedTicks: fields[19] ?? "" };
  } catch {
    return { state: "", startedTicks: "" };
  }
}
