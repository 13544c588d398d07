/** One test of `npm start`: a fake checkout, ports of its own, and everything ended afterwards. */
import { join } from "node:path";

import { signalGroup } from "../process-identity.mjs";
import { sleep } from "../time.mjs";
import { createFakeCheckout, freePort, runningServices } from "./fake-checkout.mjs";

/** @import { FakeCheckout, Run, RunOptions } from "./fake-checkout.mjs" */
/** @import { Runtime } from "./runtimes.mjs" */

/**
 * @typedef {object} StartTrial
 * @property {FakeCheckout} checkout
 * @property {number} port
 * @property {(options?: RunOptions, args?: readonly string[]) => Run} start
 * @property {(node: string) => Run} startWith another Node
 * @property {() => Run} startByNpm as a person does; npm's process leads the group, like in a terminal
 * @property {() => readonly string[]} pnpmCalls
 * @property {() => readonly number[]} running process numbers of collector and agent
 * @property {() => Promise<void>} end
 */

/**
 * @param {Runtime} runtime
 * @returns {Promise<StartTrial>}
 */
export async function createStartTrial(runtime) {
  const checkout = createFakeCheckout(runtime);
  const port = await freePort();
  /** @type {Run[]} */
  const runs = [];

  /** @param {Run} run */
  function remember(run) {
    runs.push(run);
    return run;
  }

  return {
    checkout,
    port,
    start: (options, args = ["--port", String(port)]) => remember(checkout.run("start.mjs", args, options)),
    startWith: (node) =>
      remember(checkout.runProgram(node, [join(checkout.root, "packages/bootstrap/src/start.mjs"), "--port", String(port)])),
    startByNpm: () => remember(checkout.runProgram("npm", ["start", "--", "--port", String(port)])),
    pnpmCalls: () => checkout.events().filter((event) => event.startsWith("pnpm")),
    running: () => runningServices(checkout.events()),
    async end() {
      for (const run of runs) signalGroup(run.pid, "SIGKILL");
      for (const pid of runningServices(checkout.events())) signalGroup(pid, "SIGKILL");
      await Promise.all(runs.map((run) => run.exitCode));
      checkout.remove();
    },
  };
}

/**
 * Waits until a start is up, and stops it.
 *
 * @param {Run} run
 * @returns {Promise<number | null>} exit code
 */
export async function upAndDown(run) {
  await run.shows("To stop");
  signalGroup(run.pid, "SIGTERM");
  return run.exitCode;
}

/**
 * @param {Run} run
 * @returns {string}
 */
export function lastLine(run) {
  return run.output().trimEnd().split("\n").at(-1) ?? "";
}

/**
 * @param {() => boolean} condition
 * @returns {Promise<void>}
 */
export async function seen(condition) {
  while (!condition()) await sleep(20);
}
