/** Which collector the CLI of a checkout asks: the one of `npm start`, unless another is named. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { dataFolderPath } from "../start/data-folder.mjs";

/** @import { Checkout } from "../checkout.mjs" */

/** What names another collector, or says who asks it. */
const flag = /^--(?:collector|socket|token|token-file)(?:=|$)/;
const variables = ["COLLECTOR", "SOCKET", "TOKEN", "TOKEN_FILE"].map((name) => `NODEKEEPER_CLI_${name}`);

/**
 * @param {Checkout} checkout
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>} variables for the CLI; none where it finds its way by itself
 */
export function ownSocket(checkout, args, env) {
  if (args.some((arg) => flag.test(arg)) || variables.some((name) => env[name] !== undefined)) return {};
  const socket = join(dataFolderPath(checkout, env), "collector", "admin.sock");
  return existsSync(socket) ? { NODEKEEPER_CLI_SOCKET: socket } : {};
}
