import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { checkArguments } from "./check-arguments.ts";
import { type CommandTable, commands, nvmlLibraries } from "./commands.ts";
import { createCommandRunner } from "./exec.ts";

const [library = ""] = nvmlLibraries;
const never = new AbortController().signal;

function isAllowed(args: readonly string[]): boolean {
  try {
    checkArguments("nvml", commands.nvml, args);
    return true;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === "INTERNAL") return false;
    throw thrown;
  }
}

describe("nvml", () => {
  it("may be given each library that is looked for, and no other file", () => {
    expect(nvmlLibraries.filter((path) => !isAllowed(["--gpus", "0000:01:00.0", path]))).toEqual([]);
    for (const path of [`/tmp${library}`, `${library}x`, library.replaceAll(".", "x"), "libnvidia-ml.so.1", ""]) {
      expect(isAllowed(["--gpus", "0000:01:00.0", path]), path).toBe(false);
    }
  });

  it.each([
    { gpus: "0000:01:00.0", expected: true },
    { gpus: "0000:01:00.0,10000:0a:1f.7", expected: true },
    { gpus: "", expected: false },
    { gpus: "0000:01:00.0,", expected: false },
    { gpus: "0000:01:00.0 --x", expected: false },
    { gpus: "0000:0A:00.0", expected: false },
  ])("the addresses $gpus: $expected", ({ gpus, expected }) => {
    expect(isAllowed(["--gpus", gpus, library])).toBe(expected);
  });

  it("gets the library where it lies for us, with links resolved inside the host's root, after the table's own arguments", async () => {
    await using folder = await createTempDirectory();
    const place = join(folder.path, library);
    await mkdir(dirname(place), { recursive: true });
    await mkdir(join(folder.path, "opt"));
    await writeFile(join(folder.path, "opt/real.so"), "", { mode: 0o644 });
    await symlink("/opt/real.so", place);
    const table: CommandTable = { ...commands, nvml: { ...commands.nvml, paths: ["/bin/echo"], leading: ["first"] } };
    const runner = createCommandRunner({ clock: systemClock, root: folder.path, table });

    const { stdout } = await runner.run("nvml", ["--gpus", "0000:01:00.0", library], { timeoutMs: 5_000, signal: never });

    expect(stdout).toBe(`first --gpus 0000:01:00.0 ${folder.path}/opt/real.so\n`);
  });
});
