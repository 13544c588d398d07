import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { watchProgram } from "./watch-program.ts";

describe("watchProgram", () => {
  it("tells when another program lies in its place, or none", async () => {
    await using folder = await createTempDirectory();
    const path = join(folder.path, "agent.cjs");
    writeFileSync(path, "one");
    const isReplaced = watchProgram(path);
    expect(isReplaced()).toBe(false);

    writeFileSync(`${path}.new`, "two");
    renameSync(`${path}.new`, path);

    expect(isReplaced()).toBe(true);
    expect(watchProgram(path)()).toBe(false);
    rmSync(path);
    expect(isReplaced()).toBe(true);
  });

  it("tells nothing of a program that nobody knows", () => {
    expect(watchProgram(undefined)()).toBe(false);
  });
});
