/** Step 2: the workspace's dependencies, by pnpm-lock.yaml. No package runs a script. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { workspaceFolders } from "../checkout.mjs";
import { runTool } from "../run-tool.mjs";
import { contentFingerprint } from "./fingerprint.mjs";
import { registryEnvironment, runNpm } from "./npm.mjs";
import { createStamp } from "./stamp.mjs";
import { explainInstallFailure } from "./tool-failure.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { Interrupt } from "../interrupt.mjs" */
/** @import { Step } from "./step.mjs" */
/** @import { Tools } from "./tools.mjs" */

/** Whatever ~/.npmrc and NODE_ENV say: everything in the lock file, in place of what lies in node_modules, without a question. */
const pnpmInstall = [
  "install",
  "--frozen-lockfile",
  "--ignore-scripts",
  "--prefer-offline",
  "--prod=false",
  "--config.optional=true",
  "--config.lockfile=true",
  "--config.node-linker=isolated",
  "--config.confirmModulesPurge=false",
  "--reporter=append-only",
  "--loglevel=warn",
];

/**
 * @param {Checkout} checkout
 * @param {Tools} tools
 * @param {string} toolchainKey
 * @returns {Step}
 */
export function dependenciesStep(checkout, tools, toolchainKey) {
  const stamp = createStamp(join(checkout.stamps, "dependencies"));
  const key = dependenciesKey(checkout, toolchainKey);
  return {
    isDone: () => stamp.matches(key) && modulesFolders(checkout).every((folder) => existsSync(folder)),
    perform: ({ terminal, interrupt }) =>
      terminal.progress("Installing dependencies (once)", async () => {
        stamp.remove();
        const env = registryEnvironment(await withNpmSettings(tools.env, checkout, interrupt));
        const call = { command: tools.node, args: [tools.pnpm, ...pnpmInstall], cwd: checkout.root, env, interrupt };
        const { code, output } = await runTool(call);
        if (code !== 0)
          throw explainInstallFailure("The installation of the dependencies", output, join(checkout.root, "node_modules"));
        stamp.write(key);
      }),
  };
}

/**
 * What the installed dependencies depend on. Part of the key of everything that is built with them.
 *
 * @param {Checkout} checkout
 * @param {string} toolchainKey
 * @returns {string}
 */
export function dependenciesKey(checkout, toolchainKey) {
  const manifests = workspaceFolders(checkout).map((folder) => `${folder}/package.json`);
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc", "package.json", ...manifests];
  const paths = files.map((name) => join(checkout.root, name));
  return `${contentFingerprint(checkout.root, paths)} ${toolchainKey}`;
}

/**
 * The folders that pnpm makes: the root's, and one for each package that has dependencies.
 *
 * @param {Checkout} checkout
 * @returns {readonly string[]}
 */
function modulesFolders(checkout) {
  const packages = workspaceFolders(checkout).filter((folder) => {
    const manifest = join(checkout.root, folder, "package.json");
    return existsSync(manifest) && /"(dev|optional)?dependencies"/i.test(readFileSync(manifest, "utf8"));
  });
  return ["", ...packages].map((folder) => join(checkout.root, folder, "node_modules"));
}

/**
 * Started by npm, the environment says where npm's global configuration (a proxy, a CA file) lies; else npm is asked.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {Checkout} checkout
 * @param {Interrupt} interrupt
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function withNpmSettings(env, checkout, interrupt) {
  if (env["npm_config_globalconfig"] !== undefined) return env;
  const settings = { ...env };
  for (const name of ["globalconfig", "cafile"]) {
    const { code, output } = await runNpm(["config", "get", name, "--loglevel=silent"], checkout.toolchain, interrupt);
    const value = output.trim();
    if (code === 0 && value !== "" && value !== "null" && value !== "undefined") settings[`npm_config_${name}`] = value;
  }
  return settings;
}
