/**
 * The process of an Ollama server: "ollama serve", by itself, as a unit or in a container. Its runners and clients are called the same. Where it
 * was before it is looked for first, then among the processes of the unit; only then among all processes, by their names in /proc.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile, readNames } from "../../../host/reading.ts";
import { forEachLimited } from "../for-each-limited.ts";

/** What a search came to. */
export type ServerSearch =
  | { readonly kind: "found"; readonly pid: number }
  /** No such process; `isFresh` is false where all processes were looked through less than a minute ago, and not now. */
  | { readonly kind: "none"; readonly isFresh: boolean }
  /** Processes cannot be seen here. */
  | { readonly kind: "unknown"; readonly error: AppError };

/** Where to look, and how thoroughly. */
export interface SearchHints {
  /** The process of the last reading. */
  readonly pid: number | undefined;
  /** The unit that starts it. */
  readonly unit: string | undefined;
  /** Whether all processes may be looked through. */
  readonly isSearchDue: boolean;
}

/** Searches. */
export async function findServer(host: Host, { pid, unit, isSearchDue }: SearchHints): Promise<ServerSearch> {
  try {
    if (pid !== undefined && (await isServer(host, pid))) return { kind: "found", pid };
    const ofUnit = unit === undefined ? undefined : await firstServer(host, await processesOfUnit(host, unit));
    if (ofUnit !== undefined) return { kind: "found", pid: ofUnit };
    if (!isSearchDue) return { kind: "none", isFresh: false };
    return await searchAll(host);
  } catch (thrown) {
    return { kind: "unknown", error: AppError.from(thrown, "HOST_READ_FAILED") };
  }
}

/** The first two words of a command line, which are all that is taken of it. */
export function keepCommand(text: string): string {
  return text.split("\0", 2).join("\0");
}

const atOnce = 8;

async function searchAll(host: Host): Promise<ServerSearch> {
  const [listing, first] = await Promise.all([readNames(host, "/proc"), readName(host, 1)]);
  if (listing.outcome === "failed") return { kind: "unknown", error: listing.error };
  if (listing.outcome === "absent" || first.outcome === "failed" || !listing.value.includes("1")) {
    return { kind: "unknown", error: hidden() };
  }
  const named: number[] = [];
  const pids = listing.value.filter((name) => /^\d+$/.test(name)).map(Number);
  await forEachLimited(pids, atOnce, async (pid) => {
    const name = await readName(host, pid);
    if (name.outcome === "ok" && isServerName(name.value)) named.push(pid);
  });
  const pid = await firstServer(host, named);
  return pid === undefined ? { kind: "none", isFresh: true } : { kind: "found", pid };
}

/** Where /proc is mounted so that everybody sees only their own (hidepid), the first process is not seen either. */
function hidden(): AppError {
  return new AppError("HOST_PERMISSION_DENIED", "/proc does not show the processes of others");
}

/** The cgroup of the unit, as version 2 and version 1 have it. */
async function processesOfUnit(host: Host, unit: string): Promise<readonly number[]> {
  for (const hierarchy of ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"]) {
    const processes = await readFile(host, `${hierarchy}/system.slice/${unit}/cgroup.procs`);
    if (processes.outcome !== "ok") continue;
    return [...processes.value.matchAll(/^[1-9]\d*$/gm)].map(([line]) => Number(line));
  }
  return [];
}

/** The oldest by number. Throws where none is one for sure, and one of them may be. */
async function firstServer(host: Host, pids: readonly number[]): Promise<number | undefined> {
  let doubt: unknown;
  for (const pid of pids.toSorted((a, b) => a - b)) {
    try {
      if (await isServer(host, pid)) return pid;
    } catch (thrown) {
      doubt = thrown;
    }
  }
  if (doubt !== undefined) throw doubt;
  return undefined;
}

/** Throws where a process is called as a server is, and its command cannot be read: a process that hangs in the kernel keeps it locked. */
async function isServer(host: Host, pid: number): Promise<boolean> {
  const name = await readName(host, pid);
  if (name.outcome !== "ok" || !isServerName(name.value)) return false;
  const command = await readFile(host, `/proc/${pid}/cmdline`, { keep: keepCommand });
  return /^[^\0]+\0(?:serve|start)$/.test(keepCommand(optionalValue(command) ?? ""));
}

/** What else runs here is nobody's business: no recording has its name. */
function readName(host: Host, pid: number): Promise<Reading> {
  return readFile(host, `/proc/${pid}/comm`, { keep: (name) => (isServerName(name) ? name : "") });
}

/** As it is called, and as NixOS wraps it. */
function isServerName(comm: string): boolean {
  return /^(?:ollama|\.ollama-wrapped)$/.test(comm.trim());
}
