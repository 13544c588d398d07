/** `npm test`: makes the checkout ready, runs vitest over the workspace, and closes with a count. Arguments are vitest's. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { thisCheckout } from "../checkout.mjs";
import { isSystemError } from "../failure.mjs";
import { watchInterrupt } from "../interrupt.mjs";
import { prepare } from "../prepare/prepare.mjs";
import { runTool } from "../run-tool.mjs";
import { createTerminal } from "../terminal.mjs";
import { summaryText } from "./test-summary.mjs";

/** @import { TestSummary } from "./test-summary.mjs" */

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code
 */
export async function testCommand(args) {
  const checkout = thisCheckout();
  const context = { terminal: createTerminal(), interrupt: watchInterrupt() };
  const tools = await prepare(checkout, "built", context);
  const summaryFile = join(checkout.stamps, `tests-${process.pid}.json`);
  mkdirSync(checkout.stamps, { recursive: true });
  try {
    const { code } = await runTool({
      command: tools.node,
      args: [tools.pnpm, "exec", "vitest", "run", "--reporter=default", `--reporter=${reporterPath()}`, ...args],
      cwd: checkout.root,
      env: { ...tools.env, NODEKEEPER_TEST_SUMMARY: summaryFile },
      interrupt: context.interrupt,
      show: true,
    });
    const summary = withExitCode(readSummary(summaryFile), code);
    context.terminal.line(summaryText(summary));
    return summary.failed.length === 0 ? 0 : 1;
  } finally {
    rmSync(summaryFile, { force: true });
  }
}

function reporterPath() {
  return fileURLToPath(new URL("summary-reporter.mjs", import.meta.url));
}

/**
 * @param {string} file
 * @returns {TestSummary} empty if vitest ended before it wrote one
 */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
    return { passed: 0, failed: [], skipped: [] };
  }
}

/**
 * What no test counts, such as a wrong argument or a file pattern without tests, fails the run all the same.
 *
 * @param {TestSummary} summary
 * @param {number} code of vitest
 * @returns {TestSummary}
 */
function withExitCode(summary, code) {
  if (code === 0 || summary.failed.length > 0) return summary;
  return { ...summary, failed: [{ name: "vitest", reason: `ended with exit code ${code}` }] };
}
