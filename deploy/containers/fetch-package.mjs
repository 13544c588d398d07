/**
 * Fetches the parts of npm packages that are for one architecture (Node itself, koffi's library), which pnpm brings only for the machine on which it
 * runs. Each is checked against the integrity that the lock files hold.
 *
 *     node fetch-package.mjs ARCHITECTURE FOLDER
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { lockedPackages, npmArchitecture, toolchainPackages } from "./locked-packages.mjs";

const [architecture = "", folder = ""] = process.argv.slice(2);
const npmName = npmArchitecture(architecture);
const koffi = [...lockedPackages("pnpm-lock.yaml").values()].find(({ name }) => name === `@koromix/koffi-linux-${npmName}`);
const node = [...toolchainPackages().values()].find(({ name }) => name === `node-linux-${npmName}`);

fetchPackage(node, join(folder, "node"));
fetchPackage(koffi, join(folder, "koffi"));

/**
 * @param {import("./locked-packages.mjs").LockedPackage | undefined} wanted
 * @param {string} target where its files come to lie
 */
function fetchPackage(wanted, target) {
  if (wanted === undefined) throw new Error(`the lock files have no package for ${architecture}`);
  mkdirSync(target, { recursive: true });
  const { name, version, integrity } = wanted;
  const archive = execFileSync("npm", ["pack", "--silent", `${name}@${version}`, "--pack-destination", target], {
    encoding: "utf8",
  });
  const path = join(target, archive.trim());
  const found = `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
  if (found !== integrity) throw new Error(`${name}@${version} has ${found}, and the lock file says ${integrity}`);
  execFileSync("tar", ["--extract", "--file", path, "--directory", target, "--strip-components=1"]);
}
