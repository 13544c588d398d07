import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { findFileHolders } from "./file-holders.ts";

async function temporaryFolder(): Promise<string> {
  const directory = await createTempDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return directory.path;
}

/** Processes and what they have open, as links in a folder. */
async function madeUpProc(processes: Readonly<Record<number, readonly string[]>>): Promise<string> {
  const proc = await temporaryFolder();
  mkdirSync(join(proc, "sys"));
  for (const [pid, paths] of Object.entries(processes)) {
    mkdirSync(join(proc, pid, "fd"), { recursive: true });
    for (const [index, path] of paths.entries()) symlinkSync(path, join(proc, pid, "fd", String(index)));
  }
  return proc;
}

describe("findFileHolders", () => {
  it("finds who has a real file open, once, and not its link's name nor anybody else", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "held");
    writeFileSync(path, "");
    const first = openSync(path, "r");
    const second = openSync(path, "r");

    const holders = await findFileHolders("/proc", [folder], [process.pid]);
    closeSync(first);
    closeSync(second);

    expect(holders).toEqual([{ pid: process.pid, path }]);
    expect(await findFileHolders("/proc", [folder], [process.pid])).toEqual([]);
  });

  it("takes what begins with any of the prefixes, each pair once", async () => {
    const proc = await madeUpProc({
      1: ["/dev/null", "socket:[1]"],
      20: ["/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia0", "/dev/dri/card1"],
      30: ["/dev/dri/renderD128", "/home/x/dev/nvidia0"],
    });

    const holders = await findFileHolders(proc, ["/dev/nvidia0", "/dev/dri/renderD128"]);

    expect(holders).toHaveLength(2);
    expect(holders).toEqual(
      expect.arrayContaining([
        { pid: 20, path: "/dev/nvidia0" },
        { pid: 30, path: "/dev/dri/renderD128" },
      ]),
    );
    expect(await findFileHolders(proc, ["/dev/nvidia0"], [30])).toEqual([]);
  });

  it("leaves out a process that is gone", async () => {
    const proc = await madeUpProc({ 1: [], 20: ["/dev/nvidia0"] });
    rmSync(join(proc, "20"), { recursive: true });

    expect(await findFileHolders(proc, ["/dev/"], [1, 20, 4_000_000])).toEqual([]);
  });

  it("does not give a list of one's own processes for everybody's where others are hidden", async () => {
    const proc = await madeUpProc({ 20: ["/dev/nvidia0"] });

    await expect(findFileHolders(proc, ["/dev/"])).rejects.toMatchObject({
      code: "HOST_PERMISSION_DENIED",
      message: expect.stringContaining("hidepid"),
    });
  });

  it.skipIf(process.getuid?.() !== 0)("says that it may not where processes of others do not show theirs", () => {
    const script = `const { findFileHolders } = await import(${JSON.stringify(join(import.meta.dirname, "file-holders.ts"))});
      process.setuid(65534);
      console.log(await findFileHolders("/proc", ["/dev/"]).then(() => "a list", (error) => error.code + " " + error.message));`;

    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });

    expect(output).toMatch(/^HOST_PERMISSION_DENIED cannot look for open files: \d+ of \d+ processes do not show theirs/);
  });

  it("lets others go on while it looks through many", async () => {
    const processes = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [index + 1, Array.from({ length: 20 }, (__, file) => `/tmp/file-${file}`)]),
    );
    const proc = await madeUpProc(processes);
    let turns = 0;
    let isOver = false;
    const others = (): void => {
      turns++;
      if (!isOver) setImmediate(others);
    };
    setImmediate(others);

    await findFileHolders(proc, ["/dev/"]);
    isOver = true;

    expect(turns).toBeGreaterThan(5);
  });
});
