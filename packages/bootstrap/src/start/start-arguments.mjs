/** The command line of `npm start`. */
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";

/**
 * @typedef {{ kind: "help" } | { kind: "start", port: number, publicName: string | undefined }} StartRequest
 * `port` is the first of three: page and API, agents, the agent's own health. `publicName` is how other machines call this one; undefined: they do not
 */

export const defaultPort = 7060;

/** Ports in use at a time: page and API, agents' gRPC, the agent's health. */
export const portCount = 3;

/** Others come by ports so far above those of this machine: 7070 and 7071. */
export const publicPortOffset = 10;

export const startHelp = `npm start [-- --port N] [--public-name NAME]

Builds nodekeeper if needed, and runs a collector and an agent for this machine until Ctrl-C.

  --port N             the page's port; N+1 and N+2 are used as well (default ${defaultPort})
  --public-name NAME   let other machines in that call this one so: by TLS, on N+${publicPortOffset} (API) and N+${publicPortOffset + 1} (agents), and with proof only
  --help               this text

NODEKEEPER_DATA_DIR names the folder for data and logs (default: .nodekeeper in the checkout).`;

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {StartRequest}
 * @throws {Failure} usage
 */
export function parseStartArguments(args, env) {
  let port = defaultPort;
  /** @type {string | undefined} */
  let publicName;
  const rest = args.flatMap((arg) => /^(--port|--public-name)=(.*)$/.exec(arg)?.slice(1) ?? [arg]);
  while (rest.length > 0) {
    const arg = rest.shift();
    if (arg === "--help" || arg === "-h") return { kind: "help" };
    if (arg === "--port") port = parsePort(rest.shift());
    else if (arg === "--public-name") publicName = parseName(rest.shift());
    else throw usage(`"${arg}" is not an argument of npm start. It knows: --port N, --public-name NAME, --help.`);
  }
  // `npm start --port 8000` gives the option to npm, which drops it.
  if (env["npm_config_port"] !== undefined && args.length === 0) {
    throw usage(`npm took --port for itself. Write two dashes first: npm start -- --port ${env["npm_config_port"]}`);
  }
  return { kind: "start", port, publicName };
}

/**
 * @param {string | undefined} text
 * @returns {number}
 */
function parsePort(text) {
  const last = 65535 - (publicPortOffset + 1);
  const port = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && port >= 1 && port <= last) return port;
  throw usage(
    `--port needs a number from 1 to ${last}${text === undefined ? "" : `, not "${text}"`}. For example: npm start -- --port 8060`,
  );
}

/**
 * The collector knows what a name may be, and says so; here it only must be there.
 *
 * @param {string | undefined} text
 * @returns {string}
 */
function parseName(text) {
  if (text !== undefined && text !== "" && !text.startsWith("-")) return text;
  throw usage(
    "--public-name needs the name or address by which other machines call this one. For example: npm start -- --public-name box.lan",
  );
}

/** @param {string} message */
function usage(message) {
  return new Failure(exitCodes.usage, message);
}
