/**
 * Follows the kernel's log, and lets the probes look at what it complains about. It looks again and again, since waiting would hold a thread of
 * the pool for ever. A look that finds nothing costs one call to the kernel; what costs is to be woken. So it looks every two seconds while the
 * kernel is silent, twice a second while it speaks, since faults come together, and twenty times a second in a flood: the kernel's ring may hold
 * no more than a thousand records.
 */
import { AppError, runEvery } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { disksBehind } from "../probes/support/kernel-log/disks-behind.ts";
import { faultNews, type ToldFault } from "../probes/support/kernel-log/fault-news.ts";
import { usbResetCode } from "../probes/support/kernel-log/faults/usb-faults.ts";
import type { KernelLogFollower, Look } from "../probes/support/kernel-log/kernel-log-follower.ts";
import type { RememberedFault } from "../probes/support/kernel-log/kernel-log-memory.ts";
import { defineWatcher, type Watcher, type WatcherContext } from "../watcher.ts";

type Faults = ReadonlyMap<string, RememberedFault>;

const quietIntervalMs = 2_000;
const busyIntervalMs = 500;
const floodIntervalMs = 50;
/** After so much silence it looks less often. */
const quietAfterMs = 30_000;
/** So many records at one look are a flood. */
const floodRecords = 100;
/** A machine without a log, or one that we may not read: the probe says so, and nothing is gained by asking often. */
const retryMs = 300_000;
/** What happens again and again is told so often; what is new is told at once. */
const grownAgainAfterMs = 10_000;

/** Makes the watcher. What it has told outlasts its restarts. */
export function createKernelLogWatcher(follower: KernelLogFollower): Watcher {
  let seen: Faults | undefined;
  let settled: Faults | undefined;
  let told: ReadonlyMap<string, ToldFault> = new Map();
  let toldAtMs = Number.NEGATIVE_INFINITY;

  /** What was there before us is in the first reports anyway: every probe runs at the start. */
  const begin = (faults: Faults, nowMs: number): void => {
    seen = faults;
    settled = faults;
    told = faultNews(faults, told, nowMs).told;
  };
  const tell = async (faults: Faults, { host, clock, trigger }: WatcherContext): Promise<void> => {
    if (faults === settled) return;
    const nowMs = clock.monotonicMs();
    const news = faultNews(faults, told, nowMs);
    if (news.forProbes.length === 0 && nowMs - toldAtMs < grownAgainAfterMs) return;
    const related = news.forProbes.flatMap(({ kind }) => kind.triggers);
    const devicesFor = (probe: string): readonly string[] =>
      news.forProbes.filter(({ kind }) => kind.triggers.includes(probe)).map(({ device }) => device);
    const gpus = devicesFor("gpu").filter((device) => device !== "");
    const faulty = [...(await disksBehind(host, devicesFor("smart"))), ...gpus];
    // Only now: what could not be told is told by the watcher that is started again.
    settled = faults;
    told = news.told;
    toldAtMs = nowMs;
    trigger([...new Set(["kernel-log", ...related])], reasonOf(news.faults), faulty);
  };

  return defineWatcher({
    name: "kernel-log",
    title: "what the kernel complains about",
    async watch(context) {
      const { host, clock, signal } = context;
      await untilReadable(follower, context);
      if (seen === undefined) begin(follower.memory().faults, clock.monotonicMs());
      let pace: Pace = { intervalMs: quietIntervalMs, heardAtMs: Number.NEGATIVE_INFINITY };
      await runEvery({ clock, intervalMs: () => pace.intervalMs, jitter: 0, random: () => 0, signal }, async () => {
        pace = paceAfter(await follower.look(host), pace, clock.monotonicMs());
        const { faults } = follower.memory();
        if (faults !== seen) await noteUsbResets(host, faults, seen);
        seen = faults;
        await tell(faults, context);
      });
    },
  });
}

interface Pace {
  readonly intervalMs: number;
  /** When the kernel spoke last. */
  readonly heardAtMs: number;
}

function paceAfter({ records, isDrained }: Look, { heardAtMs }: Pace, nowMs: number): Pace {
  if (records >= floodRecords || !isDrained) return { intervalMs: floodIntervalMs, heardAtMs: nowMs };
  if (records > 0) return { intervalMs: busyIntervalMs, heardAtMs: nowMs };
  return { intervalMs: nowMs - heardAtMs < quietAfterMs ? busyIntervalMs : quietIntervalMs, heardAtMs };
}

/** Opens the log and reads what is there; waits where that cannot be. */
async function untilReadable(follower: KernelLogFollower, { host, clock, signal }: WatcherContext): Promise<void> {
  while (!signal.aborted) {
    try {
      await follower.catchUp(host, signal);
      return;
    } catch (thrown) {
      const { code } = AppError.from(thrown);
      if (code !== "HOST_FILE_MISSING" && code !== "HOST_PERMISSION_DENIED") throw thrown;
      await clock.sleep(retryMs, signal).catch(() => undefined); // aborted: the loop ends
    }
  }
}

/** A bridge that was reset because of a question of ours must not be asked again: at once, before the next question. */
async function noteUsbResets(host: Host, faults: Faults, before: Faults | undefined): Promise<void> {
  const resets = [...faults].filter(
    ([id, { code, occurrences }]) => code === usbResetCode && before?.get(id)?.occurrences !== occurrences,
  );
  if (resets.length === 0) return;
  const { uptimeMs } = await host.time();
  for (const [, { device, lastUptimeMs }] of resets) {
    host.noteUsbReset(device.replace(/^usb /, ""), Math.max(0, uptimeMs - lastUptimeMs));
  }
}

function reasonOf(faults: readonly RememberedFault[]): string {
  return `the kernel log: ${faults
    .slice(0, maximumNamed)
    .map(({ code, device }) => `${code} ${device}`.trim())
    .join(", ")}`;
}

const maximumNamed = 5;
