/** Makes a checkout ready to run: tools, dependencies, build. Does only what is not done yet, and nothing at all if everything is. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { isSystemError, notWritable } from "../failure.mjs";
import { interruptedFailure } from "../interrupt.mjs";
import { tryLock } from "../process-lock.mjs";
import { sleep } from "../time.mjs";
import { buildStep } from "./build.mjs";
import { dependenciesKey, dependenciesStep } from "./dependencies.mjs";
import { assertSupportedPlatform, thisPlatform } from "./platform.mjs";
import { toolchainKey, toolchainStep } from "./toolchain.mjs";
import { locateTools } from "./tools.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { Step, StepContext } from "./step.mjs" */
/** @import { Tools } from "./tools.mjs" */

const lockCheckMs = 500;

/**
 * @param {Checkout} checkout
 * @param {"installed" | "built"} goal
 * @param {StepContext} context
 * @returns {Promise<Tools>}
 */
export async function prepare(checkout, goal, context) {
  const platform = thisPlatform(checkout);
  assertSupportedPlatform(platform);
  const tools = locateTools(checkout, platform, process.env);
  const toolsKey = toolchainKey(checkout, platform);
  const steps = [toolchainStep(checkout, platform, tools), dependenciesStep(checkout, tools, toolsKey)];
  if (goal === "built") steps.push(buildStep(checkout, tools, dependenciesKey(checkout, toolsKey)));
  // Without a lock: a checkout that is ready may be read-only, or belong to someone else.
  if (!steps.every((step) => step.isDone())) await performSteps(checkout, steps, context);
  return tools;
}

/**
 * @param {Checkout} checkout
 * @param {readonly Step[]} steps
 * @param {StepContext} context
 */
async function performSteps(checkout, steps, context) {
  assertWritable(checkout);
  const lock = await waitForLock(checkout, context);
  try {
    for (const step of steps) if (!step.isDone()) await step.perform(context);
  } finally {
    lock.release();
  }
}

/**
 * By writing: permissions do not show a read-only mount.
 *
 * @param {Checkout} checkout
 */
function assertWritable(checkout) {
  try {
    for (const folder of [checkout.stamps, checkout.toolchain]) {
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `.writable.${process.pid}`);
      writeFileSync(file, "");
      rmSync(file);
    }
  } catch (error) {
    // ENOENT: what mkdir says on a read-only mount when it makes parents too.
    throw isSystemError(error, "EACCES", "EPERM", "EROFS", "ENOENT") ? notWritable(checkout.root) : error;
  }
}

/**
 * Two installations at once in one checkout would damage each other: the later one waits.
 *
 * @param {Checkout} checkout
 * @param {StepContext} context
 */
async function waitForLock(checkout, { terminal, interrupt }) {
  let told = false;
  for (;;) {
    const attempt = tryLock(join(checkout.stamps, "prepare.lock"));
    if (attempt.kind === "taken") return attempt.lock;
    if (!told) terminal.line(`Waiting for process ${attempt.by.owner.pid}, which is installing in this checkout.`);
    told = true;
    await sleep(lockCheckMs, interrupt.stop);
    if (interrupt.stop.aborted) throw interruptedFailure();
  }
}
