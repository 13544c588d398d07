import { getEventListeners } from "node:events";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { type CommandTable, commands } from "./commands.ts";
import { type CommandRunner, createCommandRunner } from "./exec.ts";
import type { RunOptions } from "./host.ts";

const never = new AbortController().signal;

interface FakeProgram extends AsyncDisposable {
  readonly runner: CommandRunner;
  readonly folder: string;
}

/** A runner that has a script in the place of smartctl; it may be called with the word "go", and if so wished "hang". */
async function fakeProgram(script: string, clock: Clock = systemClock, mayHang = false): Promise<FakeProgram> {
  const folder = await createTempDirectory();
  const path = join(folder.path, "smartctl");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  const forms = (mayHang ? ["go", "hang"] : ["go"]).map((word) => ({ required: [word], allowed: [], options: {} }));
  const smartctl = { paths: ["/nowhere/smartctl", path], forms };
  const table: CommandTable = { ...commands, smartctl };
  const runner = createCommandRunner({ clock, table, random: () => 0.5 });
  return { runner, folder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function go(runner: CommandRunner, options: Partial<RunOptions> = {}) {
  return runner.run("smartctl", ["go"], { timeoutMs: 10_000, signal: never, ...options });
}

async function untilThere(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, "utf8") === "") await systemClock.sleep(5, never);
  return readFileSync(path, "utf8").trim();
}

function isAlive(pid: string): boolean {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return stat !== "" && !stat.includes(") Z");
}

async function untilGone(pid: string): Promise<void> {
  while (isAlive(pid)) await systemClock.sleep(5, never);
}

describe("feature 89: programs are run by absolute path, with an empty environment and no shell", () => {
  it("gives what a program prints and how it ends, with no environment but LC_ALL and nothing to read", async () => {
    await using program = await fakeProgram(
      'tr "\\0" "\\n" < /proc/$$/environ; echo "in:$(cat)"; pwd; echo "args:$*" >&2; exit 68',
    );

    const result = await go(program.runner);

    expect(result).toEqual({ exitCode: 68, stdout: "LC_ALL=C\nin:\n/\n", stderr: "args:go\n" });
  });

  it("says where it looked for a program that is not there", async () => {
    const table: CommandTable = { ...commands, smartctl: { paths: ["/nowhere/a", "/nowhere/b"], forms: commands.stat.forms } };
    const runner = createCommandRunner({ clock: systemClock, table });

    const run = runner.run("smartctl", ["-f", "-c", "%S %b %f %a %c %d", "/"], { timeoutMs: 1_000, signal: never });

    await expect(run).rejects.toMatchObject({
      code: "HOST_COMMAND_MISSING",
      message: "smartctl is not installed: looked for /nowhere/a, /nowhere/b",
    });
  });

  it("runs nothing that the table does not allow", async () => {
    await using program = await fakeProgram("echo ran > ran");

    await expect(program.runner.run("smartctl", ["stop"], { timeoutMs: 1_000, signal: never })).rejects.toMatchObject({
      code: "INTERNAL",
    });
  });

  it("ends a program that prints more than is taken", async () => {
    await using program = await fakeProgram(`echo $$ > ${"$"}{0%/*}/pid; exec yes`);

    const run = go(program.runner, { maximumOutputBytes: 10_000 });

    await expect(run).rejects.toMatchObject({
      code: "HOST_OUTPUT_TOO_LARGE",
      message: "cannot run smartctl go: it printed more than 10000 bytes",
    });
    await untilGone(await untilThere(join(program.folder, "pid")));
  });

  it("says which signal ended a program", async () => {
    await using program = await fakeProgram("kill -SEGV $$");

    await expect(go(program.runner)).rejects.toMatchObject({
      code: "HOST_COMMAND_FAILED",
      message: "cannot run smartctl go: it was ended by SIGSEGV",
    });
  });

  it.each(["", "echo a shell ran this"])("gives no file to a shell that is neither a program nor a script: %j", async (text) => {
    await using program = await fakeProgram("");
    const path = join(program.folder, "smartctl");
    await writeFile(path, text);

    await expect(go(program.runner)).rejects.toMatchObject({
      code: "HOST_COMMAND_FAILED",
      message: `cannot run ${path}: it is neither a program nor a script`,
    });
  });

  it("says so when a program cannot be started", async () => {
    await using program = await fakeProgram("");
    await writeFile(join(program.folder, "smartctl"), "#!/nowhere/interpreter\n");

    await expect(go(program.runner)).rejects.toMatchObject({ code: "HOST_COMMAND_FAILED" });
  });
});

describe("feature 36: a hung program disturbs nothing but its own subject", () => {
  it("ends a program at its time, and leaves its subject alone for longer each time", async () => {
    const clock = new FakeClock();
    await using program = await fakeProgram(`echo $$ > ${"$"}{0%/*}/pid; exec sleep 60`, clock);
    const pidFile = join(program.folder, "pid");

    for (const [times, aloneMs] of [
      ["once", 60_000],
      ["2 times in a row", 240_000],
    ] as const) {
      writeFileSync(pidFile, "");
      const run = go(program.runner, { timeoutMs: 2_000 });
      run.catch(() => undefined);
      const pid = await untilThere(pidFile);
      await clock.advance(2_000);
      await expect(run).rejects.toMatchObject({
        code: "HOST_COMMAND_TIMEOUT",
        // The simulated two seconds may be over while the program is still being read from a disk: a short uninterruptible sleep of its own.
        message: expect.stringMatching(
          /^cannot run smartctl go: no answer within 2 s(; it is in an uninterruptible sleep, .+)?$/,
        ),
      });
      await untilGone(pid);
      await clock.advance(0);
      await expect(go(program.runner)).rejects.toMatchObject({
        code: "HOST_QUARANTINED",
        message: `did not run smartctl go: it hung ${times} and is left alone for ${aloneMs / 1000} s more`,
      });
      await clock.advance(aloneMs);
    }
    expect(clock.sleeperCount).toBe(0);
  });

  it("forgets that a program hung once it has answered", async () => {
    const clock = new FakeClock();
    await using program = await fakeProgram(
      `test -e ${"$"}{0%/*}/fine && exit 0; echo $$ > ${"$"}{0%/*}/pid; exec sleep 60`,
      clock,
    );
    const run = go(program.runner, { timeoutMs: 2_000 });
    run.catch(() => undefined);
    const pid = await untilThere(join(program.folder, "pid"));
    await clock.advance(2_000);
    await untilGone(pid);
    await clock.advance(60_000);
    writeFileSync(join(program.folder, "fine"), "");

    await expect(go(program.runner)).resolves.toMatchObject({ exitCode: 0 });
    await expect(go(program.runner)).resolves.toMatchObject({ exitCode: 0 });
  });

  it("kills a program that ignores SIGTERM, five seconds later", async () => {
    const clock = new FakeClock();
    await using program = await fakeProgram(`trap "" TERM; echo $$ > ${"$"}{0%/*}/pid; while :; do sleep 0.05; done`, clock);
    const run = go(program.runner, { timeoutMs: 2_000 });
    run.catch(() => undefined);
    const pid = await untilThere(join(program.folder, "pid"));

    await clock.advance(6_900);
    await systemClock.sleep(100, never);
    expect(isAlive(pid)).toBe(true);
    await clock.advance(100);

    await untilGone(pid);
  });

  it("gives a program that ignores SIGTERM as long as its caller says", async () => {
    const clock = new FakeClock();
    await using program = await fakeProgram(`trap "" TERM; echo $$ > ${"$"}{0%/*}/pid; while :; do sleep 0.05; done`, clock);
    const run = go(program.runner, { timeoutMs: 20_000, killAfterMs: 25_000 });
    run.catch(() => undefined);
    const pid = await untilThere(join(program.folder, "pid"));

    await clock.advance(20_000);
    await expect(run).rejects.toMatchObject({ code: "HOST_COMMAND_TIMEOUT" });
    await clock.advance(24_900);
    await systemClock.sleep(100, never);
    expect(isAlive(pid)).toBe(true);
    await clock.advance(100);

    await untilGone(pid);
  });

  it("runs other subjects while one hangs, and holds all behind one USB device for one subject", async () => {
    const clock = new FakeClock();
    await using program = await fakeProgram(`test "$1" = go && exit 0; echo $$ > ${"$"}{0%/*}/pid; exec sleep 60`, clock, true);
    const hang = program.runner.run("smartctl", ["hang"], { timeoutMs: 2_000, signal: never, usbDevice: "2-1" });
    hang.catch(() => undefined);
    await untilThere(join(program.folder, "pid"));
    await expect(go(program.runner)).resolves.toMatchObject({ exitCode: 0 });
    await clock.advance(2_000);
    await expect(hang).rejects.toMatchObject({ code: "HOST_COMMAND_TIMEOUT" });

    await expect(go(program.runner, { usbDevice: "2-1" })).rejects.toMatchObject({ code: "HOST_QUARANTINED" });
    await expect(go(program.runner, { usbDevice: "2-1.1" })).resolves.toMatchObject({ exitCode: 0 });
  });

  it("leaves a USB device alone that was reset while it was asked, and no other", async () => {
    await using program = await fakeProgram("exit 0");
    await go(program.runner, { usbDevice: "2-1" });
    await go(program.runner, { usbDevice: "2-2" });

    program.runner.noteUsbReset("2-1", 0);

    await expect(go(program.runner, { usbDevice: "2-1" })).rejects.toMatchObject({
      code: "HOST_QUARANTINED",
      message: "did not run smartctl go: it was reset by the kernel when it was asked and is left alone for 86400 s more",
    });
    await expect(go(program.runner, { usbDevice: "2-2" })).resolves.toMatchObject({ exitCode: 0 });
  });

  it("holds nothing of programs that hung: 400 of them, 50 at a time", async () => {
    const clock = new FakeClock();
    const rule = {
      paths: ["/bin/sleep", "/usr/bin/sleep"],
      forms: [{ required: [], allowed: [], options: {}, operand: /^60\.\d+$/ }],
    };
    const patience = { baseMs: 60_000, maximumMs: 60_000, maximumHangs: 2 };
    const runner = createCommandRunner({ clock, table: { ...commands, smartctl: { ...rule, patience } } });
    const { signal } = new AbortController();

    for (let round = 0; round < 8; round++) {
      const runs = Array.from({ length: 50 }, (_, index) =>
        runner.run("smartctl", [`60.${index}`], { timeoutMs: 20_000, killAfterMs: 25_000, signal, usbDevice: `${index}-1` }),
      );
      const ended = Promise.allSettled(runs);
      await clock.advance(20_000);
      for (const run of await ended) expect(run).toMatchObject({ reason: { code: "HOST_COMMAND_TIMEOUT" } });
      while (process.getActiveResourcesInfo().includes("ProcessWrap")) await systemClock.sleep(1, never);
      await clock.advance(86_400_000);
    }

    expect(getEventListeners(signal, "abort").length).toBe(0);
    expect(clock.sleeperCount).toBe(0);
    expect(runner.abandonedCount()).toBe(0);
  }, 60_000);

  it("ends a program that is not wanted any more", async () => {
    await using program = await fakeProgram(`echo $$ > ${"$"}{0%/*}/pid; exec sleep 60`);
    const controller = new AbortController();
    const run = go(program.runner, { signal: controller.signal });
    run.catch(() => undefined);
    const pid = await untilThere(join(program.folder, "pid"));

    controller.abort();

    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    await untilGone(pid);
    await systemClock.sleep(20, never);
    await expect(go(program.runner, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("starts no second program while one that is not wanted any more has not ended", async () => {
    const clock = new FakeClock();
    await using program = await fakeProgram(`trap "" TERM; echo $$ > ${"$"}{0%/*}/pid; while :; do sleep 0.05; done`, clock);
    const controller = new AbortController();
    const run = go(program.runner, { signal: controller.signal });
    run.catch(() => undefined);
    const pid = await untilThere(join(program.folder, "pid"));
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });

    await expect(go(program.runner)).rejects.toMatchObject({
      code: "HOST_QUARANTINED",
      message: "did not run smartctl go: an earlier call has not ended yet",
    });
    await clock.advance(5_000);
    await untilGone(pid);
  });

  it.skipIf(!canFreeze())("leaves behind a child that not even SIGKILL ends, counts it, and starts no second one", async () => {
    const clock = new FakeClock();
    const group = freezerGroup();
    await using program = await fakeProgram(
      `echo $$ > ${group}/tasks; echo $$ > ${"$"}{0%/*}/pid; echo FROZEN > ${group}/freezer.state; exec sleep 60`,
      clock,
    );
    const run = go(program.runner, { timeoutMs: 2_000 });
    run.catch(() => undefined);
    const pid = await untilThere(join(program.folder, "pid"));
    await untilFrozen(group);

    await clock.advance(9_000);

    await expect(run).rejects.toMatchObject({
      code: "HOST_COMMAND_TIMEOUT",
      message:
        "cannot run smartctl go: no answer within 2 s; it is in an uninterruptible sleep, waiting inside the kernel for the device",
    });
    expect(program.runner.abandonedCount()).toBe(1);
    await clock.advance(3_600_000);
    await expect(go(program.runner)).rejects.toMatchObject({
      code: "HOST_QUARANTINED",
      message: "did not run smartctl go: an earlier call has not ended yet",
    });
    writeFileSync(join(group, "freezer.state"), "THAWED");
    await untilGone(pid);
    await systemClock.sleep(20, never);
    expect(program.runner.abandonedCount()).toBe(0);
  });
});

const freezer = "/sys/fs/cgroup/freezer";

/** A frozen process (cgroup v1) takes no signal until it is thawed, as one in state D takes none until its device answers. */
function canFreeze(): boolean {
  try {
    accessSync(freezer, constants.W_OK);
    return existsSync(join(freezer, "tasks"));
  } catch {
    return false;
  }
}

function freezerGroup(): string {
  const group = join(freezer, `nodekeeper-test-${process.pid}`);
  mkdirSync(group);
  onTestFinished(() => {
    writeFileSync(join(group, "freezer.state"), "THAWED");
    rmdirSync(group);
  });
  return group;
}

async function untilFrozen(group: string): Promise<void> {
  while (readFileSync(join(group, "freezer.state"), "utf8").trim() !== "FROZEN") await systemClock.sleep(5, never);
}
