/**
 * Who has a GPU's device files open, kept from look to look, since to look through all processes is dear: 490 of them cost 41 ms. A process opens
 * them soon after it was started, so a look goes through those that had them open and the young ones, these the less often the older they
 * get, as most end at once; now and then, through all.
 * Nothing is opened but folders of /proc.
 */
import { createMutex } from "@nodekeeper/shared";
import type { FileHolder, Host } from "../../../host/host.ts";

/** Keeps what was seen. */
export interface GpuUsers {
  /**
   * Looks now, and gives everybody who has one open; a process that was old when it opened one at the next look through all. That is now if
   * `isWholeWanted`, or as soon as such a look does not cost too much. Rejects where processes cannot be looked at.
   */
  look(host: Host, isWholeWanted?: boolean): Promise<readonly FileHolder[]>;
}

/** Where the device files of GPUs lie. Those of /dev/dri are shared by all drivers but NVIDIA's own. */
const gpuDevicePrefixes: readonly string[] = ["/dev/nvidia", "/dev/dri/"];

/** A process that was started so long ago has opened what it needs. */
const youngMs = 60_000;
const maximumGapMs = 8_000;
const minimumSweepMs = 60_000;
const maximumSweepMs = 600_000;
/** Looks through all processes may take this part of a core, */
const sweepShare = 0.0001;
/** and where there is a reason for them, this. */
const wantedSweepShare = 0.0003;

/** A process that was not there at the first look. */
interface YoungProcess {
  readonly pid: number;
  readonly sinceMs: number;
  /** When it is looked at again. */
  readonly dueAtMs: number;
}

/** Knows nobody at first: the first look goes through all processes. */
export function createGpuUsers(prefixes: readonly string[] = gpuDevicePrefixes): GpuUsers {
  /** Names in /proc at the look before; undefined before the first, and after one that failed. */
  let seen: ReadonlySet<string> | undefined;
  let young: readonly YoungProcess[] = [];
  let holders: readonly FileHolder[] = [];
  let sweepAtMs = 0;
  let wantedSweepAtMs = 0;
  /** Whether a look through all was wanted since the last one. */
  let isSweepWanted = false;
  /** Watcher and probe may ask at the same time: the second goes on from what the first has seen. */
  const inTurn = createMutex();

  return {
    look: (host, isWholeWanted = false) =>
      inTurn(async () => {
        const { uptimeMs: nowMs } = await host.time();
        const now = new Set(await host.list("/proc"));
        const before = seen;
        const processes = before === undefined ? [] : youngOf(young, before, now, nowMs);
        seen = undefined;
        isSweepWanted ||= isWholeWanted;
        if (before === undefined || nowMs >= (isSweepWanted ? wantedSweepAtMs : sweepAtMs)) {
          holders = await host.fileHolders(prefixes);
          isSweepWanted = false;
          const endedAtMs = (await host.time()).uptimeMs;
          sweepAtMs = endedAtMs + Math.min(maximumSweepMs, Math.max(minimumSweepMs, (endedAtMs - nowMs) / sweepShare));
          wantedSweepAtMs = Math.min(sweepAtMs, endedAtMs + (endedAtMs - nowMs) / wantedSweepShare);
        } else {
          const due = processes.filter(({ dueAtMs }) => dueAtMs <= nowMs);
          const pids = [...new Set([...due, ...holders].map(({ pid }) => pid))];
          holders = pids.length === 0 ? [] : await host.fileHolders(prefixes, pids);
        }
        // Looked at again when it is twice as old, and soon enough to be named within 15 seconds: after 4, 8, 16, 24, 32 seconds …
        young = processes.map((each) =>
          each.dueAtMs > nowMs ? each : { ...each, dueAtMs: nowMs + Math.min(nowMs - each.sinceMs, maximumGapMs) },
        );
        seen = now;
        return holders;
      }),
  };
}

function youngOf(
  known: readonly YoungProcess[],
  before: ReadonlySet<string>,
  now: ReadonlySet<string>,
  nowMs: number,
): readonly YoungProcess[] {
  const fresh = [...now].filter((name) => !before.has(name) && /^\d+$/.test(name));
  return [
    ...known.filter(({ pid, sinceMs }) => now.has(`${pid}`) && nowMs - sinceMs < youngMs),
    ...fresh.map((name) => ({ pid: Number(name), sinceMs: nowMs, dueAtMs: nowMs })),
  ];
}
