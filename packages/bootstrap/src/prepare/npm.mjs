/** The npm that this machine has: it brings the toolchain, and knows how to reach the registry. */
import { runTool } from "../run-tool.mjs";
import { withoutNpmRun } from "./tools.mjs";

/** @import { Interrupt } from "../interrupt.mjs" */
/** @import { ToolResult } from "../run-tool.mjs" */

/**
 * Settings for one installation that must not hang for minutes where there is no network. The person's own settings go first.
 *
 * @type {Readonly<Record<string, string>>}
 */
const patience = {
  npm_config_fetch_retries: "2",
  npm_config_fetch_retry_mintimeout: "1000",
  npm_config_fetch_retry_maxtimeout: "5000",
};

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {Interrupt} interrupt
 * @returns {Promise<ToolResult>}
 */
export function runNpm(args, cwd, interrupt) {
  const script = process.env["npm_execpath"] ?? "";
  const env = registryEnvironment(withoutNpmRun(process.env));
  // Started by npm itself: the same npm. Started by hand, or by another package manager: the one in PATH.
  return /npm-cli\.c?js$/.test(script)
    ? runTool({ command: process.execPath, args: [script, ...args], cwd, env, interrupt })
    : runTool({ command: "npm", args, cwd, env, interrupt });
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv} with what an installation by npm or pnpm needs
 */
export function registryEnvironment(env) {
  return { ...patience, npm_config_update_notifier: "false", ...env };
}
