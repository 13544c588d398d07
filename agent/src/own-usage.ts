/** What this process costs. It asks its own /proc/self, which in a container is not the host's: that is why no Host is in between. */
import { readFile } from "node:fs/promises";
import { AppError } from "@nodekeeper/shared";

/** Undefined is unknown. */
export interface OwnUsage {
  /** Memory in RAM, shared pages of files included. */
  readonly residentBytes: number | undefined;
  /** Memory that is no page of a file: what nobody shares. */
  readonly anonymousBytes: number | undefined;
  /** Since the start, of the process and of its children that have ended. */
  readonly cpuSeconds: number | undefined;
}

/** What /proc/self says. */
export interface RawOwnUsage {
  /** smaps_rollup: exact, where the numbers of /proc/self/status are not (proc(5)). */
  readonly memory: string;
  readonly stat: string;
}

/** Reads it. Throws HOST_READ_FAILED. */
export async function readOwnUsage(): Promise<RawOwnUsage> {
  try {
    const [memory, stat] = await Promise.all([readFile("/proc/self/smaps_rollup", "utf8"), readFile("/proc/self/stat", "utf8")]);
    return { memory, stat };
  } catch (cause) {
    throw AppError.from(cause, "HOST_READ_FAILED");
  }
}

/** Pure. */
export function parseOwnUsage({ memory, stat }: RawOwnUsage): OwnUsage {
  // After the name in parentheses: fields 14 to 17 are utime, stime, cutime and cstime (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return {
    residentBytes: kibibytes(memory, "Rss"),
    anonymousBytes: kibibytes(memory, "Anonymous"),
    cpuSeconds: fields.length >= 15 && Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined,
  };
}

/** Linux gives CPU times in hundredths of a second (sysconf(_SC_CLK_TCK) is 100 wherever Node runs). */
const ticksPerSecond = 100;

function kibibytes(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match === null ? undefined : 1024 * Number(match[1]);
}
