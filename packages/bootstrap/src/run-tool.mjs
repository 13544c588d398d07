/** Runs one program of the toolchain (npm, pnpm, vitest) to its end, in a process group of its own. */
import { spawn } from "node:child_process";

import { interruptedFailure } from "./interrupt.mjs";
import { signalGroup } from "./process-identity.mjs";
import { sleep } from "./time.mjs";

/** @import { Interrupt } from "./interrupt.mjs" */

/**
 * @typedef {object} ToolCall
 * @property {string} command absolute path
 * @property {readonly string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {Interrupt} interrupt
 * @property {boolean} [show] its output goes to the terminal instead of into the result
 */

/**
 * @typedef {object} ToolResult
 * @property {number} code exit code; 128 if a signal ended it
 * @property {string} output the end of stdout and stderr together
 */

/** Enough for the last page of a compiler's complaints. */
const keptOutputLength = 64 * 1024;

/** How long a tool may take to end itself after Ctrl-C before it is killed. */
const graceMs = 5000;

/**
 * @param {ToolCall} call
 * @returns {Promise<ToolResult>}
 * @throws the interrupted failure when the person stopped it
 */
export async function runTool({ command, args, cwd, env, interrupt, show = false }) {
  if (interrupt.stop.aborted) throw interruptedFailure();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", ...outputTo(show)] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-keptOutputLength);
    });
  }

  async function end() {
    if (child.pid === undefined) return;
    signalGroup(child.pid, "SIGTERM");
    await sleep(graceMs, interrupt.force);
    signalGroup(child.pid, "SIGKILL");
  }
  interrupt.stop.addEventListener("abort", end);
  try {
    /** @type {number} */
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve(exitCode ?? 128));
    });
    if (interrupt.stop.aborted) throw interruptedFailure();
    return { code, output };
  } finally {
    interrupt.stop.removeEventListener("abort", end);
  }
}

/**
 * @param {boolean} show
 * @returns {["inherit", "inherit"] | ["pipe", "pipe"]}
 */
function outputTo(show) {
  return show ? ["inherit", "inherit"] : ["pipe", "pipe"];
}
