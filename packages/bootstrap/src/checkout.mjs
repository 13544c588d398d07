/** Where things lie in a checkout of nodekeeper. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Checkout
 * @property {string} root
 * @property {string} toolchain folder that pins pnpm and Node 24
 * @property {string} stamps git-ignored folder for what this package remembers between runs
 */

/**
 * The checkout that this file belongs to.
 *
 * @returns {Checkout}
 */
export function thisCheckout() {
  const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
  return {
    root,
    toolchain: join(root, "packages", "bootstrap", "toolchain"),
    stamps: join(root, "node_modules", ".nodekeeper"),
  };
}

/**
 * The folders of the workspace's packages, relative to the root: the `packages:` list of pnpm-workspace.yaml, with `folder/*` resolved.
 *
 * @param {Checkout} checkout
 * @returns {readonly string[]}
 */
export function workspaceFolders(checkout) {
  const yaml = readFileSync(join(checkout.root, "pnpm-workspace.yaml"), "utf8");
  const list = /^packages:\n((?: +- .*\n)*)/m.exec(yaml)?.[1] ?? "";
  const patterns = list.split("\n").flatMap((line) => /^ +- ["']?([^"'\s]+)["']?\s*$/.exec(line)?.[1] ?? []);
  return patterns.flatMap((pattern) => (pattern.endsWith("/*") ? subfolders(checkout, pattern.slice(0, -2)) : [pattern]));
}

/**
 * @param {Checkout} checkout
 * @param {string} folder
 * @returns {readonly string[]}
 */
function subfolders(checkout, folder) {
  const entries = readdirSync(join(checkout.root, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => `${folder}/${entry.name}`);
}
