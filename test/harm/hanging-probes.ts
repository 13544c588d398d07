/** All probes on a recorded machine in memory, with a smartctl that never comes back and a network mount that never answers. */
import { Outcome } from "@nodekeeper/proto";
import { AppError, type Logger } from "@nodekeeper/shared";
import type { FakeClock } from "@nodekeeper/shared/test-support";
import { type Host, openHost, probes, runDoctor } from "../../agent/src/doctor.ts";
import type { RunOptions } from "../../agent/src/host/host.ts";
import { createScheduler } from "../../agent/src/scheduler.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { SnapshotHost } from "../support/snapshot-host.ts";

/** refused: a call fails when its time is up, as the runner of programs does it. silent: it never comes back at all. */
export type HangingKind = "refused" | "silent";

export interface HangingProbesOptions {
  readonly clock: FakeClock;
  readonly kind: HangingKind;
  readonly logger: Logger;
  /** One interval for all probes; their own without it. */
  readonly intervalMs?: number;
}

/** One run of a probe. */
export interface Run {
  /** In ms of the clock. */
  readonly atMs: number;
  readonly hasFailed: boolean;
}

export interface HangingProbes extends AsyncDisposable {
  /** By probe. */
  runs(): ReadonlyMap<string, readonly Run[]>;
  /** Forgets them, for whom memory counts. */
  forget(): void;
  /** By probe, in ms. */
  intervals(): ReadonlyMap<string, number>;
  /** How often what hangs was asked: "smartctl", or the mount point. */
  calls(): ReadonlyMap<string, number>;
}

/** The mount that does not answer. */
export const silentMount = "/mnt/silent";
const mountLine = `900 1 0:99 / ${silentMount} rw,relatime - nfs4 nas:/volume rw,vers=4.2\n`;

/** Opens the recorded machine, reads it once so that it lies in memory, and starts the scheduler on it. */
export async function startHangingProbes({ clock, kind, logger, intervalMs }: HangingProbesOptions): Promise<HangingProbes> {
  const host = new HangingHost(await openHost(repositoryPath("test/fixtures/hosts/bobcat"), systemClock), clock);
  await runDoctor({ host, probes, clock: systemClock, signal: new AbortController().signal });
  const mountinfo = await host.readText("/proc/1/mountinfo");
  host.change({ kind: "text", path: "/proc/1/mountinfo", text: mountinfo + mountLine });
  host.hangs = kind;

  const runs = new Map<string, Run[]>();
  const scheduler = createScheduler({
    probes,
    host,
    clock,
    random: () => 0.5, // no jitter
    logger,
    spool: {
      append: ({ probe, uptimeMs, outcome }) => {
        const run = { atMs: Number(uptimeMs), hasFailed: outcome === Outcome.FAILED };
        runs.set(probe, [...(runs.get(probe) ?? []), run]);
      },
    },
    intervalOverridesMs: new Map(intervalMs === undefined ? [] : probes.map(({ name }) => [name, intervalMs])),
  });
  const stop = new AbortController();
  const running = scheduler.run(stop.signal);
  return {
    runs: () => runs,
    forget: () => runs.clear(),
    intervals: () => new Map(scheduler.status().map((status) => [status.name, status.intervalMs])),
    calls: () => host.calls,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

class HangingHost extends SnapshotHost {
  readonly calls: Map<string, number> = new Map();
  /** Undefined: nothing hangs yet. */
  hangs: HangingKind | undefined;
  readonly #clock: FakeClock;

  constructor(host: Host, clock: FakeClock) {
    super(host);
    this.#clock = clock;
  }

  override statRemoteFilesystem(...args: Parameters<Host["statRemoteFilesystem"]>): ReturnType<Host["statRemoteFilesystem"]> {
    return this.hangs === undefined ? super.statRemoteFilesystem(...args) : this.#hang(args[0], args[1]);
  }

  override run(...args: Parameters<Host["run"]>): ReturnType<Host["run"]> {
    return this.hangs === undefined || args[0] !== "smartctl" ? super.run(...args) : this.#hang(args[0], args[2]);
  }

  override time(): ReturnType<Host["time"]> {
    return Promise.resolve({ wallMs: this.#clock.wallMs(), uptimeMs: this.#clock.monotonicMs() });
  }

  /** From memory, as all else: a real file would be late in a time that is not real. */
  override openKernelLog(): ReturnType<Host["openKernelLog"]> {
    return Promise.reject(new AppError("HOST_FILE_MISSING", "/dev/kmsg is not in the recording"));
  }

  async #hang(what: string, { timeoutMs, signal }: RunOptions): Promise<never> {
    this.calls.set(what, (this.calls.get(what) ?? 0) + 1);
    if (this.hangs === "silent") return await new Promise<never>(() => undefined);
    await this.#clock.sleep(timeoutMs, signal);
    throw new AppError("HOST_COMMAND_TIMEOUT", `${what} does not answer`);
  }
}
