/** All simulators of a run as one: processes on cores of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type Usage, usageOf } from "./collector-process.ts";
import type { Command, TallyReport } from "./simulator.ts";

/** They run. */
export interface Simulators {
  tell(command: (processIndex: number) => Command): Promise<TallyReport>;
  cpuSeconds(): number;
  stop(): void;
}

/** Starts so many processes; agents are made by the command "start". */
export function startSimulators(
  { address, authoritiesFile }: { readonly address: string; readonly authoritiesFile: string | undefined },
  processCount: number,
  cores: string | undefined,
): Simulators {
  const script = join(import.meta.dirname, "simulator.ts");
  const program = [process.execPath, "--max-semi-space-size=32", script, address];
  if (authoritiesFile !== undefined) program.push(authoritiesFile);
  const [file = "", ...args] = cores === undefined ? program : ["taskset", "--cpu-list", cores, ...program];
  const children: readonly ChildProcess[] = Array.from({ length: processCount }, () =>
    spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
  return {
    async tell(command) {
      const reports = await Promise.all(
        children.map(async (child, index): Promise<TallyReport> => {
          child.send(command(index));
          const [report] = await once(child, "message");
          return report;
        }),
      );
      return reports.reduce(together);
    },
    cpuSeconds: () => children.map((child): Usage => usageOf(child.pid ?? 0)).reduce((sum, usage) => sum + usage.cpuSeconds, 0),
    stop() {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

function together(one: TallyReport, other: TallyReport): TallyReport {
  return {
    connected: one.connected + other.connected,
    greetings: one.greetings + other.greetings,
    observed: one.observed + other.observed,
    acknowledged: one.acknowledged + other.acknowledged,
    rejected: one.rejected + other.rejected,
    needFull: one.needFull + other.needFull,
    broken: one.broken + other.broken,
    sentAway: one.sentAway + other.sentAway,
    lost: one.lost + other.lost,
    forgotten: one.forgotten + other.forgotten,
    reasons: [...one.reasons, ...other.reasons],
    latenciesMs: [...one.latenciesMs, ...other.latenciesMs],
    admissionsMs: [...one.admissionsMs, ...other.admissionsMs],
  };
}
