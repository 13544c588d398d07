/** What the lock files say of npm packages: version and integrity. */
import { readFileSync } from "node:fs";

/**
 * @typedef {object} LockedPackage
 * @property {string} name
 * @property {string} version
 * @property {string} integrity as npm writes it: the algorithm, a hyphen, base64
 */

/**
 * The architecture's name in npm packages.
 *
 * @param {string} architecture as container images name it
 * @returns {"x64" | "arm64"}
 */
export function npmArchitecture(architecture) {
  if (architecture === "amd64") return "x64";
  if (architecture === "arm64") return "arm64";
  throw new Error(`expected amd64 or arm64, got "${architecture}"`);
}

/**
 * The packages of a lock file of pnpm.
 *
 * @param {string} path
 * @returns {ReadonlyMap<string, LockedPackage>} by name@version
 */
export function lockedPackages(path) {
  const text = readFileSync(path, "utf8");
  const entries = text.matchAll(/^ {2}'?((?:@[^@'\s]+|[^@'\s]+))@([^('\s:]+)'?:\n {4}resolution: \{integrity: ([^,}\s]+)/gm);
  return byName([...entries].map(([, name = "", version = "", integrity = ""]) => ({ name, version, integrity })));
}

/**
 * The packages of the toolchain's lock file: Node and pnpm.
 *
 * @returns {ReadonlyMap<string, LockedPackage>} by name@version
 */
export function toolchainPackages() {
  /** @type {{ packages: Readonly<Record<string, { version: string, integrity?: string }>> }} */
  const { packages } = JSON.parse(readFileSync("packages/bootstrap/toolchain/package-lock.json", "utf8"));
  return byName(
    Object.entries(packages).flatMap(([path, { version, integrity }]) =>
      integrity === undefined ? [] : [{ name: path.slice("node_modules/".length), version, integrity }],
    ),
  );
}

/** @param {readonly LockedPackage[]} packages */
function byName(packages) {
  return new Map(packages.map((entry) => [`${entry.name}@${entry.version}`, entry]));
}
