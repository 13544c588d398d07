/** Runs the built CLI of this checkout in the person's terminal. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { thisCheckout } from "../checkout.mjs";
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";
import { builtFiles } from "../prepare/build.mjs";
import { thisPlatform } from "../prepare/platform.mjs";
import { locateTools, withoutNpmRun } from "../prepare/tools.mjs";
import { ownSocket } from "./own-socket.mjs";

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the CLI's exit code
 */
export async function cliCommand(args) {
  const checkout = thisCheckout();
  const { node } = locateTools(checkout, thisPlatform(checkout), process.env);
  const script = join(checkout.root, builtFiles.cli);
  if (!existsSync(node) || !existsSync(script))
    throw new Failure(exitCodes.usage, "It is not built yet. Run this first: npm start");
  const cwd = process.env["INIT_CWD"] ?? process.cwd();
  const env = { ...ownSocket(checkout, args, process.env), ...withoutNpmRun(process.env) };
  const child = spawn(node, [script, ...args], { cwd, env, stdio: "inherit" });
  // The terminal's Ctrl-C reaches the CLI by itself, and this process ends with it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? exitCodes.interrupted));
  });
}
