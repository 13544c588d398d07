/** The command line of `npm start`. */
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";

/**
 * @typedef {{ kind: "help" } | { kind: "start", port: number }} StartRequest
 * `port` is the first of three: page and API, agents, the agent's own health
 */

export const defaultPort = 7060;

/** Ports in use at a time: page and API, agents' gRPC, the agent's health. */
export const portCount = 3;

export const startHelp = `npm start [-- --port N]

Builds nodekeeper if needed, and runs a collector and an agent for this machine until Ctrl-C.

  --port N    the page's port; N+1 and N+2 are used as well (default ${defaultPort})
  --help      this text

NODEKEEPER_DATA_DIR names the folder for data and logs (default: .nodekeeper in the checkout).`;

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {StartRequest}
 * @throws {Failure} usage
 */
export function parseStartArguments(args, env) {
  let port = defaultPort;
  const rest = args.flatMap((arg) => (arg.startsWith("--port=") ? ["--port", arg.slice("--port=".length)] : [arg]));
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === "--help" || arg === "-h") return { kind: "help" };
    if (arg !== "--port") throw usage(`"${arg}" is not an argument of npm start. It knows: --port N, --help.`);
    port = parsePort(rest.shift());
  }
  // `npm start --port 8000` gives the option to npm, which drops it.
  if (env["npm_config_port"] !== undefined && args.length === 0) {
    throw usage(`npm took --port for itself. Write two dashes first: npm start -- --port ${env["npm_config_port"]}`);
  }
  return { kind: "start", port };
}

/**
 * @param {string | undefined} text
 * @returns {number}
 */
function parsePort(text) {
  const last = 65535 - (portCount - 1);
  const port = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && port >= 1 && port <= last) return port;
  throw usage(
    `--port needs a number from 1 to ${last}${text === undefined ? "" : `, not "${text}"`}. For example: npm start -- --port 8060`,
  );
}

/** @param {string} message */
function usage(message) {
  return new Failure(exitCodes.usage, message);
}
