/**
 * Ctrl-C, SIGTERM, a closed terminal, and the death of the npm that started us, as two signals: stop, and stop at once.
 *
 * A terminal sends SIGINT to npm and to us, and npm passes its own on: one key press arrives here twice within milliseconds.
 */
import { exitCodes } from "./exit-codes.mjs";
import { Failure } from "./failure.mjs";
import { monotonicMs, repeat } from "./time.mjs";

/**
 * @typedef {object} Interrupt
 * @property {AbortSignal} stop end what is under way, cleanly
 * @property {AbortSignal} force the person asked a second time: end it now
 */

/** Signals closer together than this are one key press. */
const sameKeyPressMs = 400;

const parentCheckMs = 1000;

/** @returns {Interrupt} */
export function watchInterrupt() {
  const stop = new AbortController();
  const force = new AbortController();
  let firstMs = 0;

  function interrupted() {
    if (!stop.signal.aborted) {
      firstMs = monotonicMs();
      stop.abort();
    } else if (monotonicMs() - firstMs > sameKeyPressMs) {
      force.abort();
    }
  }

  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, interrupted);
  if (process.env["npm_lifecycle_event"] !== undefined) stopWithParent(stop);
  return { stop: stop.signal, force: force.signal };
}

/**
 * The failure that ends a command that was interrupted before it was done.
 *
 * @returns {Failure}
 */
export function interruptedFailure() {
  return new Failure(exitCodes.interrupted, "Stopped.");
}

/**
 * npm passes SIGINT and SIGTERM on, but a killed npm passes nothing: then we get another parent, and stop as well.
 *
 * @param {AbortController} stop
 */
function stopWithParent(stop) {
  const parent = process.ppid;
  const end = repeat(parentCheckMs, () => {
    if (process.ppid === parent) return;
    end();
    stop.abort();
  });
}
