import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { createCommandRunner } from "./exec.ts";
import { checkHostProgram } from "./host-program.ts";

const isRoot = process.getuid?.() === 0;
const never = new AbortController().signal;
/** Static and dynamic programs that are on most machines. */
const staticProgram = ["/usr/sbin/ldconfig", "/sbin/ldconfig", "/bin/busybox"].find((path) => existsSync(path));
const dynamicProgram = "/usr/bin/env";

async function root(): Promise<string> {
  const directory = await createTempDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return directory.path;
}

async function copyOf(program: string, path = "/usr/local/bin/k3s"): Promise<{ readonly base: string; readonly place: string }> {
  const base = await root();
  const place = join(base, path);
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(program, place);
  chmodSync(place, 0o755);
  return { base, place };
}

describe("a program of the host", () => {
  it.skipIf(staticProgram === undefined)("is run from the host's root, through absolute links inside it", async () => {
    const { base } = await copyOf(staticProgram ?? "", "/data/abc/bin/containerd");
    mkdirSync(join(base, "var/lib/rancher/k3s/data"), { recursive: true });
    symlinkSync("/data/abc", join(base, "var/lib/rancher/k3s/data/current"));
    const runner = createCommandRunner({ clock: systemClock, root: base });

    const { exitCode, stdout } = await runner.run("containerd", ["--version"], { timeoutMs: 10_000, signal: never });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ldconfig|BusyBox/);
    await expect(runner.run("k3s", ["--version"], { timeoutMs: 10_000, signal: never })).rejects.toMatchObject({
      code: "HOST_COMMAND_MISSING",
    });
  });

  it("is not asked anything but its version", async () => {
    const runner = createCommandRunner({ clock: systemClock });

    for (const args of [["server"], [], ["--version", "server"], ["kubectl"]]) {
      await expect(runner.run("k3s", args, { timeoutMs: 10_000, signal: never })).rejects.toMatchObject({ code: "INTERNAL" });
    }
  });

  it("is not run with our libraries", async () => {
    const { base, place } = await copyOf(dynamicProgram);

    expect(() => checkHostProgram(place, base, process.getuid?.() ?? 0)).toThrow(
      "it needs libraries of the host, which are not here",
    );
    expect(() => checkHostProgram(place, "/", process.getuid?.() ?? 0)).not.toThrow();
  });

  it.skipIf(!isRoot)("is not run as root where others can change it", async () => {
    const { base, place } = await copyOf(dynamicProgram);

    chmodSync(place, 0o775);
    expect(() => checkHostProgram(place, "/", 0)).toThrow(/others than root can change it \(owner 0, mode 775\)/);
    chmodSync(place, 0o755);
    chownSync(place, 1000, 1000);
    expect(() => checkHostProgram(place, base, 0)).toThrow(/others than root can change it \(owner 1000, mode 755\)/);
    expect(() => checkHostProgram(place, "/", 1000)).not.toThrow();
  });
});
