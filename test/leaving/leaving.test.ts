/**
 * An agent on a machine that goes away: asleep, rebooted, stopped. Real systemd-logind, systemd-inhibit, busctl, systemctl and bus; the agent as it
 * is installed; a collector that notes when it heard what.
 */
import { GoodbyeReason } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { eventually, FakeCollector } from "../../agent/src/test-support/fake-collector.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import {
  type Machine,
  type MachineProgram,
  missingForMachine,
  type Speaker,
  startMachine,
  untilLine,
} from "./machine-namespace.ts";

const missing = missingForMachine();
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

interface Scene extends AsyncDisposable {
  readonly machine: Machine;
  readonly collector: FakeCollector;
  readonly agents: readonly MachineProgram[];
  logind(method: string): void;
}

/** The agent in one process or in two, on a machine where that one speaks. */
async function open(speaker: Speaker, form: "run" | "split"): Promise<Scene> {
  const parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const collector = parts.use(await FakeCollector.listen());
  const machine = parts.use(await startMachine(folder.path, speaker));
  const { port } = collector.address;
  const agent = (...args: readonly string[]): MachineProgram =>
    machine.run(
      process.execPath,
      repositoryPath("agent/src/main.ts"),
      ...args,
      "--health-listen",
      "none",
      "--log-level",
      "debug",
    );
  const where = ["--spool-dir", `${folder.path}/spool`, "--node-name", "siberian"];
  const to = ["--collector", `127.0.0.1:${port}`, "--availability", "intermittent"];
  const socket = ["--socket", `${folder.path}/socket/spool.sock`];
  const agents =
    form === "run" ? [agent("run", ...where, ...to)] : [agent("probe", ...where, ...socket), agent("report", ...to, ...socket)];
  await eventually("the agent reports", () => collector.observations.length > 5, 40_000);
  return {
    ...{ machine, collector, agents },
    logind: (method) =>
      void machine.run(
        ...(["/usr/bin/busctl", "--system", "call", "org.freedesktop.login1", "/org/freedesktop/login1"] as const),
        ...["org.freedesktop.login1.Manager", method, "b", "false"],
      ),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Waits until the agent's lock is held: logind would refuse to wait for who comes late. */
async function untilLocked({ machine }: Scene): Promise<void> {
  const list = "until systemd-inhibit --list --no-legend | grep -q nodekeeper; do sleep 0.05; done; echo locked";
  await untilLine(machine.run("sh", "-c", list), "locked");
}

describe.skipIf(missing !== undefined)(`a machine that is put to sleep${note}`, { timeout: 90_000 }, () => {
  it.each(["run", "split"] as const)(
    "is waited for until the collector heard why it goes, and is back at once when it wakes (agent %s)",
    async (form) => {
      await using scene = await open("real logind", form);
      const { collector, machine } = scene;
      await untilLocked(scene);
      const before = performance.now();

      scene.logind("Suspend");

      await untilLine(machine.speaker, "start suspend.target");
      const waitedMs = performance.now() - before;
      expect(collector.stream.goodbyeReason).toBe(GoodbyeReason.SUSPEND);
      expect(waitedMs).toBeLessThan(4_800); // logind's own patience is 5 s
      await eventually("the stream is closed", () => collector.stream.isClosed);
      const count = collector.observations.length;
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(collector.streams).toHaveLength(1);
      expect(collector.observations).toHaveLength(count);

      machine.speaker.say("wake");

      await eventually("it is back", () => collector.streams.length === 2, 40_000);
      await eventually("it tells how things are now", () => collector.observations.length > count + 5, 40_000);
      expect(collector.stream.reports.flatMap((report) => report.losses)).toEqual([]);
      await untilLocked(scene);
    },
  );

  it("does not wait for an agent that reaches no collector", async () => {
    await using scene = await open("real logind", "run");
    await untilLocked(scene);
    scene.collector.kill();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = performance.now();

    scene.logind("Suspend");

    await untilLine(scene.machine.speaker, "start suspend.target");
    expect(performance.now() - before).toBeLessThan(4_800); // as above
  });

  it("holds no lock any more when its agent was killed", async () => {
    await using scene = await open("real logind", "run");
    await untilLocked(scene);

    scene.agents[0]?.kill();

    const list = "while systemd-inhibit --list --no-legend | grep -q nodekeeper; do sleep 0.05; done; echo free";
    await untilLine(scene.machine.run("sh", "-c", list), "free");
  });
});

describe.skipIf(missing !== undefined)(`a machine that goes down${note}`, { timeout: 90_000 }, () => {
  it("says that it reboots by what systemd does, where logind does not say", async () => {
    await using scene = await open("real logind", "run");
    await untilLocked(scene);

    scene.logind("Reboot");
    await untilLine(scene.machine.speaker, "start reboot.target");
    await scene.agents[0]?.stop(); // as systemd does now

    expect(scene.collector.stream.goodbyeReason).toBe(GoodbyeReason.REBOOT);
  });

  it.each([
    { way: "reboot", reason: GoodbyeReason.REBOOT },
    { way: "power-off", reason: GoodbyeReason.SHUTDOWN },
  ])("says so before it goes, where logind says how ($way)", async ({ way, reason }) => {
    await using scene = await open("newer logind", "split");
    await untilLine(scene.machine.speaker, "locked sleep:shutdown nodekeeper");

    scene.machine.speaker.say(way);

    await untilLine(scene.machine.speaker, "released");
    expect(scene.collector.stream.goodbyeReason).toBe(reason);
    scene.machine.speaker.say("cancel");
    await eventually("it is back, since it stays after all", () => scene.collector.streams.length === 2, 40_000);
  });

  it("is told apart from an agent that is just stopped", async () => {
    await using scene = await open("real logind", "run");

    await scene.agents[0]?.stop();

    expect(scene.collector.stream.goodbyeReason).toBe(GoodbyeReason.STOPPED);
  });
});
