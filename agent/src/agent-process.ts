/** The probe about the agent itself, and its heartbeat. It is not in the list of probes, because it asks this process and not the host. */
import { type AppError, version } from "@nodekeeper/shared";
import { parseOwnUsage, type RawOwnUsage, readOwnUsage } from "./own-usage.ts";
import { okSubject, type Payload } from "./payload.ts";
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
  readonly failedWatchers: () => ReadonlyMap<string, AppError>;
}

/** What one run reads. */
export interface OwnState {
  readonly usage: RawOwnUsage;
  readonly spool: SpoolStatus;
  readonly failedWatchers: ReadonlyMap<string, AppError>;
}

/** Makes the probe. */
export function createAgentProbe(own: OwnProcess): Probe<OwnState> {
  return defineProbe<OwnState>({
    name: "agent",
    title: "the agent itself",
    intervalMs: 30_000,
    minimumIntervalMs: 5_000,
    maximumIntervalMs: 300_000,
    timeoutMs: 5_000,
    needs: { paths: [], commands: [], root: false },
    read: async () => ({
      usage: await readOwnUsage(),
      spool: own.spoolStatus(),
      failedWatchers: new Map(own.failedWatchers()),
    }),
    parse: (state) => payloadOf(own, state),
  });
}

/** Of one failed watcher; a text of the wire has at most 1024 bytes. */
const maximumTextLength = 250;

function payloadOf(own: OwnProcess, { usage, spool, failedWatchers }: OwnState): Payload {
  const { id, isRoot, runtimeVersion, hostRoot } = own;
  const { residentBytes, anonymousBytes, cpuSeconds } = parseOwnUsage(usage);
  const failed = [...failedWatchers].map(([name, { message }]) => `${name}: ${message}`.replaceAll(/\s+/g, " "));
  const values: Readonly<Record<string, number | undefined>> = {
    resident_bytes: residentBytes,
    anonymous_bytes: anonymousBytes,
    cpu_seconds_total: cpuSeconds,
    spool_observations: spool.observationCount,
    spool_bytes: spool.memoryBytes + spool.diskBytes,
    spool_lost_observations_total: spool.lostCount,
  };
  return {
    subjects: [
      okSubject("agent_process", id, {
        version,
        runtimeVersion,
        isRoot,
        hostRoot,
        failedWatchers: failed.map((text) => text.slice(0, maximumTextLength)),
      }),
    ],
    lists: [],
    samples: Object.entries(values).map(([name, value]) => ({ kind: "agent_process", id, name, value })),
  };
}
