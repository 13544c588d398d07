/** Programs that stay: real children, ended by their input or by signals. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { type CommandTable, commands, inhibitUntilReleased } from "./commands.ts";
import { createCommandRunner } from "./exec.ts";

interface Attended extends AsyncDisposable {
  readonly lines: readonly string[];
  readonly over: Promise<void>;
  readonly folder: string;
  end(): void;
}

/** A script in the place of systemd-inhibit. */
async function attend(script: string): Promise<Attended> {
  const folder = await createTempDirectory();
  const path = join(folder.path, "systemd-inhibit");
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  const table: CommandTable = { ...commands, "systemd-inhibit": { ...commands["systemd-inhibit"], paths: [path] } };
  const runner = createCommandRunner({ clock: systemClock, table });
  const stop = new AbortController();
  const lines: string[] = [];
  const over = runner.attend("systemd-inhibit", inhibitUntilReleased, {
    signal: stop.signal,
    onLine: (line) => lines.push(line),
  });
  over.catch(() => undefined);
  const end = (): void => stop.abort();
  const dispose = async (): Promise<void> => {
    end();
    await over.catch(() => undefined);
    await folder[Symbol.asyncDispose]();
  };
  return { lines, over, folder: folder.path, end, [Symbol.asyncDispose]: dispose };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await systemClock.sleep(5, new AbortController().signal);
}

describe("a program that stays", () => {
  it("hands on each line as it comes, and ends with its input", async () => {
    await using program = await attend('echo one; echo two; cat; echo gone > "$(dirname "$0")/gone"');
    await until(() => program.lines.length === 2);

    program.end();
    await program.over;

    expect(program.lines).toEqual(["one", "two"]);
    expect(readFileSync(join(program.folder, "gone"), "utf8")).toBe("gone\n");
  });

  it("is ended by a signal when it does not mind its input", async () => {
    await using program = await attend("echo $$; exec sleep 60");
    await until(() => program.lines.length === 1);

    program.end();
    await program.over;

    expect(existsSync(`/proc/${program.lines[0]}`)).toBe(false);
  });

  it("has failed when it ends by itself, in its own words", async () => {
    await using program = await attend('echo "Failed to inhibit: no bus" >&2; exit 1');

    await expect(program.over).rejects.toMatchObject({
      code: "HOST_COMMAND_FAILED",
      message: "systemd-inhibit ended by itself: Failed to inhibit: no bus",
    });
  });

  it("does not outlive an agent that is killed, although it looks at no input", async () => {
    const [program = ""] = commands.busctl.paths;
    const leading = [...(commands.busctl.leading ?? []).slice(0, -1), "/bin/sh", "-c", "echo $$; exec sleep 60"];
    const rule = { paths: [program], leading, forms: commands.busctl.forms };
    const script = `
      import { commands, monitorLogind } from ${JSON.stringify(import.meta.resolve("./commands.ts"))};
      import { createCommandRunner } from ${JSON.stringify(import.meta.resolve("./exec.ts"))};
      import { systemClock } from "@nodekeeper/shared";
      const runner = createCommandRunner({ clock: systemClock, table: { ...commands, busctl: ${JSON.stringify(rule)} } });
      await runner.attend("busctl", monitorLogind, { signal: new AbortController().signal, onLine: console.log });`;
    const agent = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: import.meta.dirname });
    const [line]: readonly unknown[] = await once(agent.stdout, "data");
    const pid = Number(String(line));
    expect(existsSync(`/proc/${pid}`)).toBe(true);

    agent.kill("SIGKILL");

    await until(() => !existsSync(`/proc/${pid}`));
  });

  it("is given no argument but those of the table", async () => {
    const runner = createCommandRunner({ clock: systemClock });
    const options = { signal: new AbortController().signal, onLine: () => undefined };

    await expect(runner.attend("systemd-inhibit", ["--what=sleep", "/bin/rm"], options)).rejects.toMatchObject({
      code: "INTERNAL",
    });
    await expect(runner.attend("busctl", ["--system", "call"], options)).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
