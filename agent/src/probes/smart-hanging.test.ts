/** Disks that hang and disks that sleep, with real programs in the place of smartctl. */
import { readFileSync, writeFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { CommandName } from "../host/commands.ts";
import { type CommandTable, commands } from "../host/commands.ts";
import { type CommandRunner, createCommandRunner } from "../host/exec.ts";
import type { CommandResult, RunOptions } from "../host/host.ts";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { smart } from "./smart.ts";
import { addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const never = new AbortController().signal;
const healthy = '{"device":{"protocol":"ATA"},"smart_status":{"passed":true},"temperature":{"current":30}}';

/** Devices of a tree, and a real runner with the table of the product, whose smartctl is a script. */
class Machine extends TreeHost implements AsyncDisposable {
  readonly fakeTime: FakeClock = new FakeClock();
  readonly folder: string;
  readonly #runner: CommandRunner;
  readonly #dispose: () => PromiseLike<void>;

  private constructor(folder: string, dispose: () => PromiseLike<void>) {
    super();
    this.folder = folder;
    this.#dispose = dispose;
    const table: CommandTable = { ...commands, smartctl: { ...commands.smartctl, paths: [join(folder, "smartctl")] } };
    this.#runner = createCommandRunner({ clock: this.fakeTime, table, random: () => 0.5 });
    this.add("/sys/block", {});
    this.entries.set("/sys/block/ram0/size", "8192\n");
  }

  /** `script` finds the device in $disk, its own folder in $here, and prints the answer of a healthy disk by `healthy`. */
  static async with(script: string): Promise<Machine> {
    const folder = await createTempDirectory();
    const path = join(folder.path, "smartctl");
    const common = `here=\${0%/*}; for disk; do :; done; healthy() { echo '${healthy}'; }; echo "$*" >> $here/calls`;
    await writeFile(path, `#!/bin/sh\n${common}\n${script}\n`);
    await chmod(path, 0o755);
    return new Machine(folder.path, () => folder[Symbol.asyncDispose]());
  }

  override run(command: CommandName, args: readonly string[], options: RunOptions): Promise<CommandResult> {
    return this.#runner.run(command, args, options);
  }

  /** One run of the probe. With `callCount`, 20 s pass once so many calls are made and all but one have ended. */
  async examine(
    callCount = 0,
  ): Promise<readonly (readonly [id: string, outcome: Outcome, code: string | undefined, message: string | undefined])[]> {
    const reading = smart.read(this, never);
    if (callCount > 0) {
      while (this.scriptCalls().length < callCount || childCount() > 1) await systemClock.sleep(5, never);
      await this.fakeTime.advance(20_000);
    }
    const payload = smart.parse(await reading);
    return (payload?.subjects ?? []).map(({ id, outcome, failure }) => [id, outcome, failure?.code, failure?.message]);
  }

  /** Arguments of all calls so far. */
  scriptCalls(): readonly string[] {
    try {
      return readFileSync(join(this.folder, "calls"), "utf8").trim().split("\n");
    } catch {
      return []; // nothing was called yet
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}

function childCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap").length;
}

describe("feature 36: a disk whose smartctl hangs", () => {
  it.each([
    { name: "and ends when it is told to", hang: "exec sleep 60" },
    { name: "and ignores SIGTERM", hang: 'trap "" TERM; while :; do sleep 0.05; done' },
  ])("leaves the other disks as they are, $name", async ({ hang }) => {
    await using machine = await Machine.with(`test $disk = /dev/sda && { ${hang}; }; healthy`);
    for (const letter of ["a", "b", "c"]) addSata(machine, letter, { "queue/rotational": "0\n" });

    const first = await machine.examine(3);

    expect(first).toEqual([
      [
        "naa.50014ee2000000a1",
        Outcome.FAILED,
        "HOST_COMMAND_TIMEOUT",
        expect.stringMatching(/^cannot run smartctl .* \/dev\/sda: no answer within 20 s/),
      ],
      ["naa.50014ee2000000b1", Outcome.OK, undefined, undefined],
      ["naa.50014ee2000000c1", Outcome.OK, undefined, undefined],
    ]);
    const second = await machine.examine();
    expect(second.map(([, outcome, code]) => [outcome, code])).toEqual([
      [Outcome.FAILED, "HOST_QUARANTINED"],
      [Outcome.OK, undefined],
      [Outcome.OK, undefined],
    ]);
    await machine.fakeTime.advance(25_000); // what ignores SIGTERM is killed, 45 s after it began
    expect(machine.scriptCalls().filter((call) => call.endsWith("/dev/sda")).length).toBe(1);
  });

  it("leaves the second disk behind the same USB bridge alone too", async () => {
    await using machine = await Machine.with("test $disk = /dev/sda && exec sleep 60; healthy");
    addUsb(machine, "a", "2-1", 0, { wwid: "naa.a\n" });
    addUsb(machine, "b", "2-1", 1, { wwid: "naa.b\n" });
    addUsb(machine, "c", "2-2", 0, { wwid: "naa.c\n" });

    const told = await machine.examine(2);

    expect(told.map(([id, , code]) => [id, code])).toEqual([
      ["naa.a", "HOST_COMMAND_TIMEOUT"],
      ["naa.b", "HOST_QUARANTINED"],
      ["naa.c", undefined],
    ]);
  });
});

describe("feature 35: a disk that sleeps is not woken", () => {
  /** Acts as smartctl(8) says: with -n, a disk in standby is left as it is; without it, it is woken. NVMe does not sleep in this way. */
  const sleeper = `
case $disk in /dev/nvme*) healthy; exit 0;; esac
if test -e $here/asleep; then
  case " $* " in
    *" -n standby,3 "*) echo '{"device":{"protocol":"ATA"},"smartctl":{"messages":[{"string":"Device is in STANDBY mode, exit(3)"}]}}'; exit 3;;
    *) rm $here/asleep; echo $disk >> $here/woken;;
  esac
fi
healthy`;

  it("by any question that the probe asks, however often", async () => {
    await using machine = await Machine.with(sleeper);
    writeFileSync(join(machine.folder, "asleep"), "");
    writeFileSync(join(machine.folder, "woken"), "");
    addSata(machine, "a");
    addUsb(machine, "b", "2-1", 0, { wwid: "naa.b\n" });
    addNvme(machine, 0);

    for (let time = 0; time < 5; time++) {
      const told = await machine.examine();
      expect(told.map(([, outcome]) => outcome)).toEqual([Outcome.OK, Outcome.OK, Outcome.OK]);
    }

    expect(readFileSync(join(machine.folder, "woken"), "utf8")).toBe("");
    expect(machine.scriptCalls().length).toBe(15);
  });

  it("by a smartctl that counts wakes, which counts one that is asked without -n", async () => {
    await using machine = await Machine.with(sleeper);
    writeFileSync(join(machine.folder, "asleep"), "");
    const table: CommandTable = {
      ...commands,
      smartctl: {
        paths: [join(machine.folder, "smartctl")],
        forms: [{ required: ["-a"], allowed: [], options: {}, operand: /sda$/ }],
      },
    };

    await createCommandRunner({ clock: systemClock, table }).run("smartctl", ["-a", "/dev/sda"], {
      timeoutMs: 10_000,
      signal: never,
    });

    expect(readFileSync(join(machine.folder, "woken"), "utf8")).toBe("/dev/sda\n");
  });
});
