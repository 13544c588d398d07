/** /proc/<pid>/stat, see proc_pid_stat(5): what a process is called, and since when it runs. */

/** What the line says. */
export interface ProcessStat {
  readonly name: string;
  /** Since the machine was started. */
  readonly startTicks: number | undefined;
}

/** The name stands in parentheses, and may hold some itself. Undefined where it is no such line. */
export function parseProcessStat(stat: string): ProcessStat | undefined {
  const [, name, rest] = /^\d+ \(([\s\S]*)\) (.*)$/m.exec(stat) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  const ticks = rest.split(" ")[startTimeIndex];
  return { name, startTicks: ticks !== undefined && /^\d{1,15}$/.test(ticks) ? Number(ticks) : undefined };
}

/** When it was started, in ms since 1970 by the machine's clock now; `stat` is /proc/stat. */
export function processStartMs(startTicks: number | undefined, stat: string): number | undefined {
  const bootSeconds = /^btime (\d{1,12})$/m.exec(stat)?.[1];
  return startTicks === undefined || bootSeconds === undefined ? undefined : Number(bootSeconds) * 1000 + startTicks * msPerTick;
}

/** USER_HZ: what the kernel counts in towards programs, on every architecture that we run on. */
const msPerTick = 10;
/** Of what comes after the name, which begins with field 3. */
const startTimeIndex = 22 - 3;
