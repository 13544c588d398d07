/**
 * Who has a file open, by the links in /proc/<pid>/fd: what they say lies in the kernel's memory, so they are read at once, in slices between which
 * the event loop goes on. No file is opened and no device touched.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import type { FileHolder } from "./host.ts";
import { hostError } from "./host-error.ts";

/** Looks through the processes under `proc` (/proc, as it lies for us), or only through `pids`. See Host.fileHolders. */
export async function findFileHolders(
  proc: string,
  pathPrefixes: readonly string[],
  pids?: readonly number[],
): Promise<readonly FileHolder[]> {
  const candidates = pids ?? listProcesses(proc);
  const holders: FileHolder[] = [];
  let refused = 0;
  let turn = 0;
  const pause = async (cost: number): Promise<void> => {
    turn += cost;
    if (turn < costPerSlice) return;
    turn = 0;
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (const pid of candidates) {
    await pause(processCost);
    const paths = new Set<string>();
    try {
      for (const name of readdirSync(`${proc}/${pid}/fd`)) {
        const path = linkTarget(`${proc}/${pid}/fd/${name}`);
        if (path !== undefined && pathPrefixes.some((prefix) => path.startsWith(prefix))) paths.add(path);
        await pause(linkCost);
      }
    } catch (thrown) {
      if (isRefusal(thrown)) refused++;
      else if (!isGone(thrown)) throw hostError(thrown, "list", `/proc/${pid}/fd`);
    }
    for (const path of paths) holders.push({ pid, path });
    if (holders.length > maximumHolders) {
      throw new AppError("HOST_OUTPUT_TOO_LARGE", `cannot look for open files: more than ${maximumHolders} are open`);
    }
  }
  const isInitHidden = pids === undefined && !candidates.includes(initPid);
  // Root meets a process now and then that shows itself to nobody; where most do so, it lacks the right, and where it is not root, too.
  const isRefused = refused > 0 && (process.getuid?.() !== 0 || refused * 2 > candidates.length);
  if (isRefused || isInitHidden) throw refusedError(refused, candidates.length, isInitHidden);
  return holders;
}

/** Init is in every /proc but one mounted with hidepid, which shows nobody's processes but one's own. */
const initPid = 1;
/** In units of about 8 µs, what a link takes: 2 to 3 ms. */
const costPerSlice = 300;
const linkCost = 1;
const processCost = 3;
const maximumHolders = 10_000;

function listProcesses(proc: string): readonly number[] {
  try {
    return readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (thrown) {
    throw hostError(thrown, "list", "/proc");
  }
}

/** Undefined where the file was closed meanwhile. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (thrown) {
    if (isGone(thrown)) return undefined;
    throw thrown;
  }
}

/** The process ended, or closed the file. */
function isGone(thrown: unknown): boolean {
  const errno = systemErrorCode(thrown);
  return errno === "ENOENT" || errno === "ESRCH" || errno === "ENOTDIR";
}

function isRefusal(thrown: unknown): boolean {
  const errno = systemErrorCode(thrown);
  return errno === "EACCES" || errno === "EPERM";
}

/** A list of some would look whole. */
function refusedError(refused: number, total: number, isInitHidden: boolean): AppError {
  const why = isInitHidden
    ? "/proc hides other users' processes (hidepid)"
    : `${refused} of ${total} processes do not show theirs`;
  return new AppError("HOST_PERMISSION_DENIED", `cannot look for open files: ${why}; it needs root with CAP_SYS_PTRACE`, {
    context: { errno: "EACCES" },
  });
}
