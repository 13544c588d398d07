/** The programs that everything else is run with: Node 24 or newer, and pnpm. */
import { delimiter, dirname, join } from "node:path";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { Platform } from "./platform.mjs" */

/**
 * @typedef {object} Tools
 * @property {string} node path of a Node 24 or newer
 * @property {string} pnpm path of pnpm's script, to be run with `node`
 * @property {NodeJS.ProcessEnv} env in which `node` and `pnpm` mean these two
 */

/**
 * Where the tools lie once the toolchain is installed.
 *
 * @param {Checkout} checkout
 * @param {Platform} platform
 * @param {NodeJS.ProcessEnv} env
 * @returns {Tools}
 */
export function locateTools(checkout, platform, env) {
  const packages = join(checkout.toolchain, "node_modules");
  const node = platform.needsOwnNode ? join(packages, `node-${platform.os}-${platform.cpu}`, "bin", "node") : process.execPath;
  const path = [dirname(node), join(packages, ".bin"), env["PATH"]].filter((part) => part !== undefined).join(delimiter);
  return { node, pnpm: join(packages, "pnpm", "bin", "pnpm.cjs"), env: { ...withoutNpmRun(env), PATH: path } };
}

/**
 * The environment without what npm adds for the one script that it runs. Its settings (`npm_config_…`: proxy, CA file, where its
 * configuration files lie) stay: pnpm takes them over, and would not find npm's global file by itself.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutNpmRun(env) {
  const added =
    /^(npm_(lifecycle|package)_|npm_(command|execpath|node_execpath|config_local_prefix|config_npm_version|config_user_agent)$|INIT_CWD$|NODE$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !added.test(name)));
}
