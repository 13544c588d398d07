/**
 * The way into every command of this package.
 *
 * This file and the three entry files beside it keep to what Node 12 can parse and import nothing else before the version is known:
 * an old Node gets a sentence, not a syntax error.
 */

const oldestNode = 20;

/**
 * Runs a command and ends the process with its exit code. What goes wrong becomes one sentence on stderr.
 *
 * @param {() => Promise<number>} run loads and runs the command; gives its exit code
 * @returns {void}
 */
export function enter(run) {
  if (Number(process.versions.node.split(".")[0]) < oldestNode) {
    const found = process.versions.node;
    console.error(`nodekeeper: Node ${found} is too old. Install Node ${oldestNode} or newer (24 is best), then run this again.`);
    process.exit(10); // exitCodes.nodeTooOld, which cannot be imported yet
  }
  process.on("uncaughtException", fail);
  run().then((code) => process.exit(code), fail);
}

/** @param {unknown} error */
function fail(error) {
  import("./failure.mjs").then(
    (failure) => process.exit(failure.reportFailure(error)),
    () => process.exit(1),
  );
}
