/**
 * The probe about the agent itself, and its heartbeat. It is not in the list of probes, because it asks this process and not the host: its
 * own /proc/self, which in a container is not the host's.
 */
import { readFile } from "node:fs/promises";
import { AppError, version } from "@nodekeeper/shared";
import { okSubject, type Sample } from "./payload.ts";
import { defineProbe, type Probe } from "./probe.ts";
import type { SpoolStatus } from "./spool/local-spool.ts";

/** What the probe needs to know of its own process. */
export interface OwnProcess {
  /** "run" or "probe". */
  readonly id: string;
  readonly isRoot: boolean;
  readonly runtimeVersion: string;
  readonly hostRoot: string;
  readonly spoolStatus: () => SpoolStatus;
}

/** What /proc/self says, and the state of the spool. */
export interface OwnUsage {
  /** /proc/self/status */
  readonly status: string;
  /** /proc/self/stat */
  readonly stat: string;
  readonly spool: SpoolStatus;
}

/** Makes the probe. */
export function createAgentProbe(own: OwnProcess): Probe<OwnUsage> {
  return defineProbe<OwnUsage>({
    name: "agent",
    title: "the agent itself",
    intervalMs: 30_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 300_000,
    timeoutMs: 5_000,
    needs: { paths: [], commands: [], root: false },
    read: async () => ({
      status: await readOwn("/proc/self/status"),
      stat: await readOwn("/proc/self/stat"),
      spool: own.spoolStatus(),
    }),
    parse: (usage) => {
      const { id, isRoot, runtimeVersion, hostRoot } = own;
      return {
        subjects: [okSubject("agent_process", id, { version, runtimeVersion, isRoot, hostRoot })],
        lists: [],
        samples: samplesOf(id, usage),
      };
    },
  });
}

/** Linux gives CPU times in hundredths of a second (sysconf(_SC_CLK_TCK) is 100 wherever Node runs). */
const ticksPerSecond = 100;

function samplesOf(id: string, { status, stat, spool }: OwnUsage): readonly Sample[] {
  // After the name in parentheses: fields 14 to 17 are utime, stime, cutime and cstime (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const values: Readonly<Record<string, number | undefined>> = {
    resident_bytes: kibibytes(status, "VmRSS"),
    anonymous_bytes: kibibytes(status, "RssAnon"),
    cpu_seconds_total: Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined,
    spool_observations: spool.observationCount,
    spool_bytes: spool.memoryBytes + spool.diskBytes,
    spool_lost_observations_total: spool.lostCount,
  };
  return Object.entries(values).map(([name, value]) => ({ kind: "agent_process", id, name, value }));
}

function kibibytes(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match === null ? undefined : 1024 * Number(match[1]);
}

async function readOwn(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw AppError.from(cause, "HOST_READ_FAILED");
  }
}
