/** What a process costs, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** Usage of one process at a moment. */
export interface ProcessUsage {
  /** CPU seconds of the process and of its children that have ended. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Anonymous memory: what is not a page of a file, and so not shared with other processes of the same program. */
  readonly anonymousBytes: number;
  /** Bytes that it caused to be written to storage. */
  readonly writtenBytes: number;
}

/** Linux gives CPU times in hundredths of a second (sysconf(_SC_CLK_TCK) is 100 wherever Node runs). */
const ticksPerSecond = 100;

/** Reads /proc/<pid>/{stat,smaps_rollup,io}. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name in parentheses: field 14 utime, 15 stime, 16 cutime, 17 cstime (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return {
    cpuSeconds: ticks / ticksPerSecond,
    residentBytes: kibibytes(memory, "Rss"),
    anonymousBytes: kibibytes(memory, "Anonymous"),
    writtenBytes: Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? Number.NaN),
  };
}

/** Names of the programs that are children of a process now. */
export function childPrograms(pid: number): readonly string[] {
  const names: string[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const end = stat.lastIndexOf(")");
      if (Number(stat.slice(end + 2).split(" ")[1]) === pid) names.push(stat.slice(stat.indexOf("(") + 1, end));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return names;
}

function kibibytes(text: string, name: string): number {
  return 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? Number.NaN);
}
