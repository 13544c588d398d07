/** The Nodes that the tests run this package with: the one that runs the tests, and an older one where the machine has it. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Runtime
 * @property {string} path
 * @property {string} version such as `20.20.2`
 */

/** @type {Runtime} */
const thisRuntime = { path: process.execPath, version: process.versions.node };

/** @type {readonly Runtime[]} for what depends on the version: whether the toolchain's Node is used */
export const runtimes = [thisRuntime, ...olderRuntime()];

/** @type {Runtime} for all else */
export const oldestRuntime = olderRuntime()[0] ?? thisRuntime;

/** @returns {readonly Runtime[]} the first Node from 20 to 23 in PATH, if any */
function olderRuntime() {
  for (const folder of (process.env["PATH"] ?? "").split(":")) {
    const path = join(folder, "node");
    if (!existsSync(path)) continue;
    const version = execFileSync(path, ["-p", "process.versions.node"], { encoding: "utf8", env: {} }).trim();
    if (/^2[0-3]\./.test(version)) return [{ path, version }];
  }
  return [];
}
