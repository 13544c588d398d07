/** The folder for everything that a started nodekeeper writes. Only its owner may read it: it holds the agent's spool. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { exitCodes } from "../exit-codes.mjs";
import { Failure, isSystemError } from "../failure.mjs";

/** @import { Checkout } from "../checkout.mjs" */

/**
 * @typedef {object} DataFolder
 * @property {string} path
 * @property {string} collector
 * @property {string} agent
 * @property {string} logs
 * @property {string} lock
 */

/**
 * Where the folder is, or would be.
 *
 * @param {Checkout} checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
export function dataFolderPath(checkout, env) {
  const chosen = env["NODEKEEPER_DATA_DIR"];
  // Relative to where the person is, not to the checkout that npm goes to.
  return chosen ? resolve(env["INIT_CWD"] ?? process.cwd(), chosen) : join(checkout.root, ".nodekeeper");
}

/**
 * Makes the folder where it is missing.
 *
 * @param {Checkout} checkout
 * @param {NodeJS.ProcessEnv} env
 * @returns {DataFolder}
 * @throws {Failure} if it cannot be written
 */
export function openDataFolder(checkout, env) {
  const chosen = env["NODEKEEPER_DATA_DIR"];
  const path = dataFolderPath(checkout, env);
  const folder = {
    path,
    collector: join(path, "collector"),
    agent: join(path, "agent"),
    logs: join(path, "log"),
    lock: join(path, "start.lock"),
  };
  try {
    for (const each of [folder.collector, folder.agent, folder.logs]) mkdirSync(each, { recursive: true, mode: 0o700 });
    if (!chosen) chmodSync(path, 0o700);
    const file = join(path, `.writable.${process.pid}`);
    writeFileSync(file, "");
    rmSync(file);
  } catch (error) {
    // ENOENT: what mkdir says on a read-only mount when it makes parents too.
    if (!isSystemError(error, "EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EEXIST")) throw error;
    throw new Failure(
      exitCodes.notWritable,
      `Data cannot be written to ${path}. Name a folder that can: NODEKEEPER_DATA_DIR=~/nodekeeper-data npm start`,
    );
  }
  return folder;
}
