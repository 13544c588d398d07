import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import { createGpuUsers } from "../probes/support/gpu/gpu-users.ts";
import { one, two } from "../probes/test-support/gpu-machine.ts";
import { addGpu, removeGpu, setStatus } from "../probes/test-support/gpus.ts";
import { TreeHost } from "../probes/test-support/tree-host.ts";
import { createGpuUsersWatcher } from "./gpu-users.ts";

let host: TreeHost;
let clock: FakeClock;
let controller: AbortController;
let watching: Promise<void>;
let triggered: [readonly string[], string][];

/** Time passes on the watcher's clock and on the host's. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    host.clock = { wallMs: host.clock.wallMs + 500, uptimeMs: host.clock.uptimeMs + 500 };
    await clock.advance(500);
  }
}

async function begin(): Promise<void> {
  const trigger = (probes: readonly string[], reason: string): void => void triggered.push([probes, reason]);
  watching = createGpuUsersWatcher(createGpuUsers()).watch({ host, clock, trigger, signal: controller.signal });
  watching.catch(() => undefined); // looked at by the test that expects it to end
  await clock.advance(0);
}

function startUser(pid: number, path = "/dev/nvidia0"): void {
  host.entries.set(`/proc/${pid}/stat`, "");
  host.holders = [...host.holders, { pid, path }];
}

beforeEach(() => {
  host = new TreeHost({ "/proc/1/stat": "", "/dev/nvidia0": "", "/dev/nvidiactl": "" });
  addGpu(host, one);
  clock = new FakeClock();
  controller = new AbortController();
  triggered = [];
  watching = Promise.resolve();
});

afterEach(async () => {
  controller.abort();
  await watching.catch(() => undefined);
  expect(clock.sleeperCount).toBe(0);
});

describe("gpu-users", () => {
  it("triggers nothing while nothing changes, however long", async () => {
    startUser(100);
    await begin();
    await pass(600_000);

    expect(triggered).toEqual([]);
  });

  it("triggers the probes within five seconds of a new user, and of one that is gone", async () => {
    await begin();
    startUser(100);
    await pass(5_000);
    host.holders = [];
    await pass(5_000);

    expect(triggered).toEqual([
      [["gpu", "ollama"], "GPU: process 100 /dev/nvidia0 has begun"],
      [["gpu", "ollama"], "GPU: process 100 /dev/nvidia0 has ended"],
    ]);
  });

  it("is not stirred by who looks at a GPU for a moment, as our own reading does", async () => {
    await begin();
    for (let round = 0; round < 20; round++) {
      await pass(3_500);
      startUser(500 + round);
      await pass(1_000);
      host.holders = [];
      await pass(500);
    }

    expect(triggered).toEqual([]);
  });

  it("triggers the probes when a GPU falls asleep, wakes, and goes", async () => {
    await begin();
    setStatus(host, one, "suspended");
    await pass(5_000);
    setStatus(host, one, "active");
    await pass(5_000);
    removeGpu(host, one);
    await pass(60_000);

    expect(triggered.map(([, reason]) => reason)).toEqual([
      "GPU: 0000:01:00.0 is suspended",
      "GPU: 0000:01:00.0 is active",
      "GPU: 0000:01:00.0 is absent",
      "GPU: 0000:01:00.0 is gone",
    ]);
  });

  it("looks at no process while all GPUs sleep, nor where there is no device file of one", async () => {
    setStatus(host, one, "suspended");
    await begin();
    await pass(60_000);
    host.remove("/dev/nvidia0");
    await pass(60_000);
    setStatus(host, one, "active");
    await pass(60_000);

    expect(host.calls.filter((call) => call.startsWith("holders"))).toEqual([]);
  });

  it("looks at them while one of several is awake", async () => {
    addGpu(host, two, { status: "suspended", minor: 1 });
    await begin();
    startUser(100);
    await pass(5_000);

    expect(triggered).toHaveLength(1);
  });

  it("finds the old process that has woken a GPU", async () => {
    addGpu(host, two, { minor: 1 });
    setStatus(host, one, "suspended");
    host.entries.set("/proc/77/stat", "");
    await begin();
    await pass(30_000);
    setStatus(host, one, "active");
    host.holders = [{ pid: 77, path: "/dev/nvidia0" }];
    await pass(5_000);

    expect(triggered.map(([, reason]) => reason)).toEqual(["GPU: 0000:01:00.0 is active, process 77 /dev/nvidia0 has begun"]);
  });

  it("finds the old process that begins to use a GPU, by the use of its driver", async () => {
    const use = (count: number): void => host.add("/sys/module/nvidia", { refcnt: `${count}\n` });
    use(4);
    host.entries.set("/proc/77/stat", "");
    await begin();
    await pass(20_000);
    use(9);
    await pass(20_000);
    const looksForNobody = host.calls.filter((call) => call.startsWith("holders")).length;
    use(12);
    host.holders = [{ pid: 77, path: "/dev/nvidia0" }];
    await pass(5_000);
    use(14);
    await pass(10_000);

    expect(looksForNobody).toBe(2);
    expect(triggered.map(([, reason]) => reason)).toEqual(["GPU: process 77 /dev/nvidia0 has begun"]);
  });

  it("ends with an error when it may not look", async () => {
    host.fileHolders = async () => {
      throw new Error("no");
    };
    await begin();

    await expect(watching).rejects.toThrow("no");
  });
});

describe("gpu-users on this machine", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nodekeeper-gpu-"));
    writeFileSync(join(folder, "gpu0"), "");
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  it("notices a real process soon after it has opened a file, and its end", { timeout: 40_000 }, async () => {
    const real = createLocalHost({ root: "/", clock: systemClock });
    const users = createGpuUsers([join(folder, "gpu")]);
    const reasons: { reason: string; atMs: number }[] = [];
    const live = {
      ...real,
      list: async (path: string) => (path === "/dev" ? ["nvidia0"] : real.list(path)),
      // Under test without root others' processes cannot be looked at.
      fileHolders: async (prefixes: readonly string[], pids?: readonly number[]) =>
        real.fileHolders(prefixes, pids ?? [process.pid]),
    };
    const trigger = (_: readonly string[], reason: string): void =>
      void reasons.push({ reason, atMs: systemClock.monotonicMs() });
    watching = createGpuUsersWatcher(users).watch({ host: live, clock: systemClock, trigger, signal: controller.signal });
    await systemClock.sleep(500, controller.signal);
    const startedAtMs = systemClock.monotonicMs();
    const child = spawn("/bin/sh", ["-c", 'exec 3<"$0"; exec sleep 60', join(folder, "gpu0")], { stdio: "ignore" });
    children.push(child);
    await until(() => reasons.length === 1);
    const endedAtMs = systemClock.monotonicMs();
    child.kill("SIGKILL");
    await until(() => reasons.length === 2);

    expect(reasons.map(({ reason }) => reason)).toEqual([
      `GPU: process ${child.pid} ${folder}/gpu0 has begun`,
      `GPU: process ${child.pid} ${folder}/gpu0 has ended`,
    ]);
    expect((reasons[0]?.atMs ?? 0) - startedAtMs).toBeLessThan(12_000);
    expect((reasons[1]?.atMs ?? 0) - endedAtMs).toBeLessThan(12_000);
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  for (let count = 0; count < 300 && !isTrue(); count++) await systemClock.sleep(50, new AbortController().signal);
}
