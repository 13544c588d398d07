/** `npm start`: makes the checkout ready, then runs a collector and an agent for this machine until Ctrl-C. */
import { thisCheckout } from "../checkout.mjs";
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";
import { watchInterrupt } from "../interrupt.mjs";
import { assertSupportedPlatform, thisPlatform } from "../prepare/platform.mjs";
import { prepare } from "../prepare/prepare.mjs";
import { tryLock } from "../process-lock.mjs";
import { createTerminal } from "../terminal.mjs";
import { openDataFolder } from "./data-folder.mjs";
import { stopLeftServices } from "./left-services.mjs";
import { assertPortsFree, loopback } from "./ports.mjs";
import { runServices } from "./run-services.mjs";
import { planServices } from "./services.mjs";
import { parseStartArguments, startHelp } from "./start-arguments.mjs";
import { welcomeText } from "./welcome.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { ProcessLock } from "../process-lock.mjs" */
/** @import { StepContext } from "../prepare/step.mjs" */
/** @import { DataFolder } from "./data-folder.mjs" */

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code
 */
export async function startCommand(args) {
  const request = parseStartArguments(args, process.env);
  const context = { terminal: createTerminal(), interrupt: watchInterrupt() };
  if (request.kind === "help") {
    context.terminal.line(startHelp);
    return 0;
  }
  const checkout = thisCheckout();
  assertSupportedPlatform(thisPlatform(checkout)); // before anything is written
  const data = openDataFolder(checkout, process.env);
  const url = `http://${loopback}:${request.port}/`;
  const attempt = tryLock(data.lock, { url });
  if (attempt.kind === "held") throw alreadyRunning(attempt.by.owner.pid, attempt.by.notes["url"]);
  try {
    await stopLeftServices(attempt.left, context);
    await assertPortsFree(request.port);
    await prepareAndRun(checkout, data, request, url, attempt.lock, context);
    context.terminal.line(`Stopped. The data stays in ${data.path}.`);
    return 0;
  } finally {
    attempt.lock.release();
  }
}

/**
 * @param {Checkout} checkout
 * @param {DataFolder} data
 * @param {{ readonly port: number, readonly publicName: string | undefined }} request
 * @param {string} url
 * @param {ProcessLock} lock
 * @param {StepContext} context
 */
async function prepareAndRun(checkout, data, request, url, lock, context) {
  const tools = await prepare(checkout, "built", context);
  const options = {
    node: tools.node,
    cwd: checkout.root,
    plans: planServices(checkout, data, request),
    onStarted: (/** @type {readonly object[]} */ services) => lock.annotate({ url, services }),
    onReady: () => context.terminal.line(welcomeText({ ...request, dataPath: data.path, isRoot: process.getuid?.() === 0 })),
  };
  await runServices(options, context);
}

/**
 * @param {number} pid
 * @param {unknown} url
 */
function alreadyRunning(pid, url) {
  return new Failure(
    exitCodes.alreadyRunning,
    `It already runs from this checkout (process ${pid}): ${url} Stop it there with Ctrl-C, or with: kill ${pid}`,
  );
}
