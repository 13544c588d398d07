/**
 * What an image is made of, in CycloneDX 1.6: Debian's packages from their control files, npm packages from what pnpm says is used, each with the
 * integrity of the lock file. The same parts give the same bytes: no time, no random serial number.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { lockedPackages, npmArchitecture, toolchainPackages } from "./locked-packages.mjs";

/** Whose dependencies are bundled into an image. */
const workspacePackages = /** @type {const} */ ({
  agent: ["@nodekeeper/agent", "@nodekeeper/cli"],
  collector: ["@nodekeeper/collector", "@nodekeeper/cli", "@nodekeeper/dashboard"],
});

/**
 * @typedef {object} Component
 * @property {"library" | "application"} type
 * @property {string} "bom-ref"
 * @property {string} name
 * @property {string} version
 * @property {string} purl
 * @property {readonly { alg: string, content: string }[]} [hashes]
 */

/**
 * @typedef {object} Listed an entry of pnpm list
 * @property {string} version
 * @property {string} path
 * @property {Readonly<Record<string, Listed>>} [dependencies]
 */

/**
 * @param {"agent" | "collector"} image
 * @param {string} architecture of the image
 * @param {string} root where the image's files lie
 * @returns {object}
 */
export function billOfMaterials(image, architecture, root) {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const components = [...debianComponents(root), ...npmComponents(image, architecture)].sort((a, b) =>
    a.purl < b.purl ? -1 : 1,
  );
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([image, architecture, version, components]))}`,
    version: 1,
    metadata: {
      component: {
        type: "container",
        "bom-ref": `nodekeeper-${image}`,
        name: `nodekeeper-${image}`,
        version,
        licenses: [{ license: { id: "Apache-2.0" } }],
        properties: [{ name: "architecture", value: architecture }],
      },
    },
    components,
    dependencies: [{ ref: `nodekeeper-${image}`, dependsOn: components.map((component) => component["bom-ref"]) }],
  };
}

/**
 * @param {string} root
 * @returns {readonly Component[]}
 */
function debianComponents(root) {
  const folder = join(root, "var/lib/dpkg/status.d");
  return readdirSync(folder).map((file) => {
    const control = readFileSync(join(folder, file), "utf8");
    const field = (/** @type {string} */ name) => new RegExp(`^${name}: (.*)$`, "m").exec(control)?.[1] ?? "";
    const [name, version] = [field("Package"), field("Version")];
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${field("Architecture")}`;
    return { type: "library", "bom-ref": purl, name, version, purl };
  });
}

/**
 * @param {"agent" | "collector"} image
 * @param {string} architecture
 * @returns {readonly Component[]}
 */
function npmComponents(image, architecture) {
  const locked = new Map([...lockedPackages("pnpm-lock.yaml"), ...toolchainPackages()]);
  const npmName = npmArchitecture(architecture);
  const koffi =
    image === "agent" ? [...locked.values()].find(({ name }) => name === `@koromix/koffi-linux-${npmName}`) : undefined;
  const node = [...locked.values()].find(({ name }) => name === `node-linux-${npmName}`);
  const used = [
    ...usedPackages(image),
    ...[koffi, node].flatMap((entry) => (entry === undefined ? [] : [`${entry.name}@${entry.version}`])),
  ];
  return [...new Set(used)].map((key) => {
    const entry = locked.get(key);
    if (entry === undefined) throw new Error(`${key} is used, and no lock file has it`);
    const purl = `pkg:npm/${entry.name.replace("@", "%40")}@${entry.version}`;
    const content = Buffer.from(entry.integrity.slice("sha512-".length), "base64").toString("hex");
    const type = entry === node ? "application" : "library";
    return { type, "bom-ref": purl, name: entry.name, version: entry.version, purl, hashes: [{ alg: "SHA-512", content }] };
  });
}

/**
 * @param {"agent" | "collector"} image
 * @returns {readonly string[]} name@version, without the native parts of koffi for this machine and for others
 */
function usedPackages(image) {
  const filters = workspacePackages[image].flatMap((name) => ["--filter", name]);
  const output = execFileSync("pnpm", [...filters, "list", "--prod", "--depth=Infinity", "--json"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  /** @type {readonly Listed[]} */
  const projects = JSON.parse(output);
  return projects.flatMap((project) => namesOf(project.dependencies ?? {}));
}

/**
 * @param {Readonly<Record<string, Listed>>} dependencies
 * @returns {readonly string[]}
 */
function namesOf(dependencies) {
  return Object.entries(dependencies).flatMap(([name, { version, path, dependencies: below = {} }]) => {
    const isOurs = version.startsWith("link:") || version.startsWith("file:");
    const isLeftOut = name.startsWith("@koromix/koffi-") || !existsSync(path);
    return [...(isOurs || isLeftOut ? [] : [`${name}@${version}`]), ...namesOf(below)];
  });
}

/**
 * @param {string} text
 * @returns {string} a UUID of version 8: made of a hash
 */
function uuidOf(text) {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
