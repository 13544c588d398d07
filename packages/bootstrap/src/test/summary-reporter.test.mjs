/** The reporter inside a real vitest. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("SummaryReporter", () => {
  /** @type {string} */
  let folder;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nodekeeper-reporter-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("counts what passed, and names what failed and what was skipped with the reasons", async () => {
    writeFileSync(
      join(folder, "a.test.js"),
      `it("passes", () => {});
       it("skips itself", (context) => context.skip("smartctl is not installed"));
       it.skip("is off", () => {});
       it.todo("is to come");
       describe("a suite", () => it("fails", () => expect(1).toBe(2)));
       describe("a scene", () => {
         beforeAll(() => {
           throw new Error("no such guest");
         });
         it("is not reached", () => {});
       });`,
    );
    writeFileSync(join(folder, "b.test.js"), 'import "./missing.js";');

    const summary = await runVitest(folder);

    expect(summary).toEqual({
      passed: 1,
      failed: [
        { name: "a.test.js > a suite > fails", reason: "expected 1 to be 2 // Object.is equality" },
        { name: "b.test.js", reason: expect.stringContaining("./missing.js") },
        { name: "a.test.js > a scene", reason: "no such guest" },
      ],
      skipped: [
        { name: "a.test.js > skips itself", reason: "smartctl is not installed" },
        { name: "a.test.js > is off", reason: "gives no reason" },
        { name: "a.test.js > is to come", reason: "to be written" },
        { name: "a.test.js > a scene > is not reached", reason: "gives no reason" },
      ],
    });
  });
});

/**
 * @param {string} folder
 * @returns {Promise<unknown>}
 */
async function runVitest(folder) {
  const vitest = fileURLToPath(new URL("../../../../node_modules/vitest/vitest.mjs", import.meta.url));
  const reporter = fileURLToPath(new URL("summary-reporter.mjs", import.meta.url));
  const file = join(folder, "summary.json");
  const args = [vitest, "run", "--root", folder, "--globals", `--reporter=${reporter}`];
  const env = { PATH: process.env["PATH"], NODEKEEPER_TEST_SUMMARY: file };
  await new Promise((resolve) => execFile(process.execPath, args, { cwd: folder, env }, resolve));
  return JSON.parse(readFileSync(file, "utf8"));
}
