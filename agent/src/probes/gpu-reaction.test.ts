/** Probe, watcher and scheduler together on simulated time: how soon the agent tells who has taken a GPU. */
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createScheduler } from "../scheduler.ts";
import type { NewObservation } from "../spool/spool.ts";
import { createSilentLogger } from "../test-support/silent-logger.ts";
import { createGpuUsersWatcher } from "../watchers/gpu-users.ts";
import { createGpuProbe } from "./gpu.ts";
import type { DriverProcess, DriverReading } from "./support/gpu/driver-reading.ts";
import { createGpuUsers } from "./support/gpu/gpu-users.ts";
import { GpuMachine, one, workingCard } from "./test-support/gpu-machine.ts";
import { addGpu, driverReading } from "./test-support/gpus.ts";

/** The agent's probing side with nothing but GPUs. */
class Trial implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly machine: GpuMachine = new GpuMachine();
  readonly observations: NewObservation[] = [];
  readonly asked: number[] = [];
  processes: readonly DriverProcess[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor() {
    const { clock } = this;
    const { host } = this.machine;
    addGpu(host, one);
    host.entries.set("/dev/nvidia0", "");
    host.time = async () => ({ wallMs: clock.wallMs(), uptimeMs: clock.monotonicMs() });
    const users = createGpuUsers();
    const askDriver = async (): Promise<DriverReading> => {
      this.asked.push(clock.monotonicMs());
      return driverReading([{ ...workingCard, utilization: { gpuPercent: 0 }, processes: this.processes }]);
    };
    const scheduler = createScheduler({
      probes: [createGpuProbe(users, askDriver)],
      ...{ host, clock, random: () => 0.5, logger: createSilentLogger(), intervalOverridesMs: new Map() },
      spool: { append: (observation) => void this.observations.push(observation) },
    });
    const { signal } = this.#stop;
    const trigger = (...wish: Parameters<typeof scheduler.trigger>): void => scheduler.trigger(...wish);
    const watching = createGpuUsersWatcher(users).watch({ host, clock, trigger, signal });
    this.#running = Promise.all([scheduler.run(signal), watching]);
  }

  /** When it was first told that such a program uses a GPU, on the monotonic clock. */
  toldAtMs(purpose: string): number | undefined {
    const told = this.observations.find(
      ({ body }) =>
        body.case === "full" &&
        body.value.subjects.some(({ value }) => value.case === "gpuProcess" && value.value.purpose === purpose),
    );
    return told === undefined ? undefined : Number(told.uptimeMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

describe("feature 52: a game that takes a GPU's memory is named within 15 s", () => {
  it.each([500, 3_000, 7_500, 14_000, 16_000, 31_500])(
    "if it begins %d ms after the GPU was read and left to rest",
    async (afterMs) => {
      await using trial = new Trial();
      await trial.clock.advance(60_000);
      const lastReadMs = trial.asked.at(-1) ?? 0;
      await trial.clock.advance(lastReadMs + 60_000 + afterMs - trial.clock.monotonicMs());
      const begunAtMs = trial.clock.monotonicMs();
      trial.machine.addProcess(900, "Cyberpunk2077.exe", "/user.slice/app-steam-1091500.scope");
      trial.machine.host.holders = [{ pid: 900, path: "/dev/nvidia0" }];
      trial.processes = [{ pid: 900, memoryBytes: 9e9, isCompute: false, isGraphics: true }];
      await trial.clock.advance(15_000);

      // The watcher makes it so: the probe by itself runs every 15 seconds, give or take a fifth.
      expect((trial.toldAtMs("game") ?? Number.NaN) - begunAtMs).toBeLessThanOrEqual(6_500);
    },
  );

  it.each([2_000, 9_000, 20_000, 36_000, 50_000])("if it takes it %d ms after it was started", async (afterMs) => {
    await using trial = new Trial();
    await trial.clock.advance(121_000);
    trial.machine.addProcess(900, "Cyberpunk2077.exe", "/user.slice/app-steam-1091500.scope");
    await trial.clock.advance(afterMs);
    const takenAtMs = trial.clock.monotonicMs();
    trial.machine.host.holders = [{ pid: 900, path: "/dev/nvidia0" }];
    trial.processes = [{ pid: 900, memoryBytes: 9e9, isCompute: false, isGraphics: true }];
    await trial.clock.advance(60_000);

    expect((trial.toldAtMs("game") ?? Number.NaN) - takenAtMs).toBeLessThanOrEqual(15_000);
  });

  it("and a GPU that nobody uses is still read once a minute only", async () => {
    await using trial = new Trial();
    await trial.clock.advance(600_000);

    expect(trial.asked.length).toBeLessThanOrEqual(11);
  });
});
