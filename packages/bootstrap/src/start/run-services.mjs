/** Runs the services until the person stops them or one of them ends; leaves nothing running. */
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";
import { withoutNpmRun } from "../prepare/tools.mjs";
import { identifyProcess, signalGroup } from "../process-identity.mjs";
import { sleep } from "../time.mjs";
import { waitUntilReady } from "./ready.mjs";
import { startService } from "./service.mjs";

/** @import { ProcessIdentity } from "../process-identity.mjs" */
/** @import { StepContext } from "../prepare/step.mjs" */
/** @import { LogLine } from "./log-line.mjs" */
/** @import { Service } from "./service.mjs" */
/** @import { ServicePlan } from "./services.mjs" */

/**
 * @typedef {object} RunOptions
 * @property {string} node
 * @property {string} cwd
 * @property {readonly ServicePlan[]} plans
 * @property {(running: readonly ProcessIdentity[]) => void} onStarted told after each start
 * @property {() => void} onReady
 */

const readyMs = 60_000;

/**
 * @param {RunOptions} options
 * @param {StepContext} context
 * @throws {Failure} if a service ended by itself or did not become ready
 */
export async function runServices({ node, cwd, plans, onStarted, onReady }, context) {
  const { terminal, interrupt } = context;
  /** @type {Service[]} */
  const running = [];
  const killAll = () => {
    for (const { pid } of running) signalGroup(pid, "SIGKILL");
  };
  process.once("exit", killAll); // whatever ends this process, short of its own SIGKILL
  try {
    await terminal.progress("Starting", async () => {
      for (const plan of plans) {
        if (interrupt.stop.aborted) return;
        const env = withoutNpmRun(process.env);
        const onLine = (/** @type {LogLine} */ line) => showLine(plan.name, line, context);
        const service = startService({
          name: plan.name,
          command: node,
          args: plan.args,
          cwd,
          env,
          logFile: plan.logFile,
          onLine,
        });
        running.push(service);
        onStarted(running.map(({ pid }) => identifyProcess(pid)));
        await whileRunning(running, becomeReady(service, plan.readyUrl, interrupt.stop));
      }
    });
    if (!interrupt.stop.aborted) {
      onReady();
      await whileRunning(running, aborted(interrupt.stop));
    }
  } finally {
    terminal.line(interrupt.stop.aborted ? "\nStopping (Ctrl-C again: at once) …" : "");
    for (const service of running.toReversed()) await service.stop(interrupt.force);
    process.off("exit", killAll);
  }
}

/**
 * @param {readonly Service[]} running
 * @param {Promise<void>} work
 * @throws {Failure} as soon as one of the services has ended
 */
async function whileRunning(running, work) {
  const ends = running.map(async (service) => {
    const how = await service.ended;
    const reason = service.lastError();
    throw new Failure(
      exitCodes.failed,
      `The ${service.name} ${how}${reason === undefined ? "" : `: ${reason}`}${/[.!?…]$/.test(reason ?? "") ? "" : "."} Its log: ${service.logFile}`,
    );
  });
  await Promise.race([work, ...ends]);
}

/**
 * @param {Service} service
 * @param {string} url
 * @param {AbortSignal} stop
 */
async function becomeReady(service, url, stop) {
  const reason = await waitUntilReady(url, readyMs, stop);
  if (reason === undefined || stop.aborted) return;
  throw new Failure(
    exitCodes.notReady,
    `The ${service.name} runs but did not become ready within ${readyMs / 1000} s (${reason}). Its log: ${service.logFile}`,
  );
}

/** @param {AbortSignal} signal */
async function aborted(signal) {
  while (!signal.aborted) await sleep(3_600_000, signal);
}

/**
 * @param {string} name
 * @param {LogLine} line
 * @param {StepContext} context
 */
function showLine(name, { weight, text }, { terminal }) {
  if (weight === "warning" || weight === "error")
    terminal.line(`${new Date().toTimeString().slice(0, 8)} ${name} ${weight}: ${text}`);
}
