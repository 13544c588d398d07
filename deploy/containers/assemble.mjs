/**
 * Puts the two images' files together, in the folders where Debian's files lie already: Node, bundles, native parts, the list of all of it.
 *
 *     node assemble.mjs ARCHITECTURE PARTS OUT
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { npmArchitecture } from "./locked-packages.mjs";
import { billOfMaterials } from "./sbom.mjs";

const [architecture = "", parts = "", out = ""] = process.argv.slice(2);
const npmName = npmArchitecture(architecture);

/** The house: as in a checkout, since the programs find their parts beside themselves. */
const house = "opt/nodekeeper";

for (const image of /** @type {const} */ (["agent", "collector"])) {
  const root = join(out, image);
  putBase(root);
  if (image === "agent") putAgent(root);
  else putCollector(root);
  putProgram(root, "packages/cli/dist/nodekeeper.cjs", "nodekeeper");
  put("LICENSE", join(root, house, "LICENSE"));
  write(
    join(root, "usr/share/nodekeeper/sbom.cdx.json"),
    `${JSON.stringify(billOfMaterials(image, architecture, root), null, 1)}\n`,
  );
}

/** @param {string} root */
function putBase(root) {
  put(join(parts, "node/bin/node"), join(root, "usr/bin/node"));
  put(join(parts, "node/LICENSE"), join(root, "usr/share/doc/node/copyright"));
  write(
    join(root, "etc/passwd"),
    "root:x:0:0:root:/nonexistent:/nonexistent\nnodekeeper:x:65532:65532::/nonexistent:/nonexistent\n",
  );
  write(join(root, "etc/group"), "root:x:0:\nnodekeeper:x:65532:\n");
  write(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}

/**
 * The bundles of a folder, without maps and declarations.
 *
 * @param {string} root
 * @param {string} folder
 */
function putParts(root, folder) {
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".cjs")))
    put(join(folder, name), join(root, house, folder, name));
}

/** @param {string} root */
function putAgent(root) {
  putKoffi(join(root, house));
  putParts(root, "packages/cli/dist"); // `nodekeeper doctor` asks what the agent asks
  putParts(root, "agent/dist");
  putProgram(root, "agent/dist/agent.cjs", "agent");
}

/** @param {string} root */
function putCollector(root) {
  putParts(root, "collector/dist");
  putProgram(root, "collector/dist/collector.cjs", "collector");
  cpSync("packages/dashboard/dist", join(root, house, "packages/dashboard/dist"), {
    recursive: true,
    filter: (path) => !path.endsWith("/types"),
  });
  cpSync("docs", join(root, house, "docs"), { recursive: true });
  const sqlite = realpathSync("collector/node_modules/better-sqlite3");
  const target = join(root, house, "node_modules/better-sqlite3");
  for (const name of ["package.json", "LICENSE", "lib", `prebuilds/linux-${npmName}.node`])
    put(join(sqlite, name), join(target, name));
}

/** @param {string} root of the house */
function putKoffi(root) {
  const koffi = realpathSync("agent/node_modules/koffi");
  const target = join(root, "node_modules/koffi");
  for (const name of ["package.json", "LICENSE.txt", "index.cjs", "indirect.cjs"]) put(join(koffi, name), join(target, name));
  // Its sources in C++ are not needed where its library is.
  cpSync(join(koffi, "src"), join(target, "src"), {
    recursive: true,
    filter: (path) => !/\.(?:cc|hh|inc|S|asm|def|txt)$/.test(path),
  });
  const native = join(root, `node_modules/@koromix/koffi-linux-${npmName}`);
  for (const name of ["package.json", "index.js", `linux_${npmName}`]) put(join(parts, "koffi", name), join(native, name));
}

/**
 * A bundle that can be called by its name, without a shell or env to find its Node.
 *
 * @param {string} root
 * @param {string} bundle
 * @param {string} name
 */
function putProgram(root, bundle, name) {
  const text = readFileSync(bundle, "utf8")
    .replace(/^#!.*\n/, "#!/usr/bin/node\n")
    .replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n");
  write(join(root, house, bundle), text, 0o755);
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  symlinkSync(`/${house}/${bundle}`, join(root, "usr/bin", name));
}

/**
 * @param {string} source
 * @param {string} target
 */
function put(source, target) {
  cpSync(source, target, { recursive: true });
}

/**
 * @param {string} path
 * @param {string} text
 * @param {number} [mode]
 */
function write(path, text, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}
