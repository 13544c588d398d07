/** A start that was killed with SIGKILL leaves its collector and agent behind: the next start ends them. */
import { isAlive, signalGroup } from "../process-identity.mjs";
import { sleep } from "../time.mjs";

/** @import { LockContent } from "../process-lock.mjs" */
/** @import { ProcessIdentity } from "../process-identity.mjs" */
/** @import { StepContext } from "../prepare/step.mjs" */

const graceMs = 10_000;
const pollMs = 50;

/**
 * @param {LockContent | undefined} left the lock of the dead start
 * @param {StepContext} context
 */
export async function stopLeftServices(left, { terminal, interrupt }) {
  const alive = servicesOf(left).filter(isAlive);
  if (alive.length === 0) return;
  await terminal.progress("Ending what a killed start left running", async () => {
    for (const { pid } of alive) signalGroup(pid, "SIGTERM");
    for (let waitedMs = 0; waitedMs < graceMs && alive.some(isAlive); waitedMs += pollMs) await sleep(pollMs, interrupt.stop);
    for (const service of alive) if (isAlive(service)) signalGroup(service.pid, "SIGKILL");
  });
}

/**
 * @param {LockContent | undefined} left
 * @returns {readonly ProcessIdentity[]}
 */
function servicesOf(left) {
  const services = left?.notes["services"];
  if (!Array.isArray(services)) return [];
  return services.filter(
    (service) => typeof service?.pid === "number" && service.pid > 1 && typeof service.startedTicks === "string",
  );
}
