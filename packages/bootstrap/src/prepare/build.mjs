/** Step 3: the bundles of agent, collector, CLI and dashboard. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { workspaceFolders } from "../checkout.mjs";
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";
import { runTool } from "../run-tool.mjs";
import { contentFingerprint, listFiles, writeFingerprint } from "./fingerprint.mjs";
import { createStamp } from "./stamp.mjs";
import { lastLines } from "./tool-failure.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { Step } from "./step.mjs" */
/** @import { Tools } from "./tools.mjs" */

/** What a build must leave, relative to the root. */
export const builtFiles = /** @type {const} */ ({
  agent: "agent/dist/agent.cjs",
  collector: "collector/dist/collector.cjs",
  cli: "packages/cli/dist/nodekeeper.cjs",
  dashboard: "packages/dashboard/dist/index.html",
});

/** Packages that nothing is built from. */
const notBuilt = ["packages/bootstrap", "test"];

/**
 * @param {Checkout} checkout
 * @param {Tools} tools
 * @param {string} dependenciesKey
 * @returns {Step}
 */
export function buildStep(checkout, tools, dependenciesKey) {
  const stamp = createStamp(join(checkout.stamps, "build"));
  return {
    isDone: () => stamp.matches(buildKey(checkout, dependenciesKey)),
    perform: ({ terminal, interrupt }) =>
      terminal.progress("Building", async () => {
        stamp.remove();
        const sources = sourcesKey(checkout); // before the build: what is edited meanwhile is built next time
        const args = [tools.pnpm, "--recursive", "--workspace-concurrency=2", "run", "build"];
        const { code, output } = await runTool({ command: tools.node, args, cwd: checkout.root, env: tools.env, interrupt });
        if (code !== 0)
          throw new Failure(exitCodes.buildFailed, "The build failed; the lines above say where.", lastLines(output));
        assertBuilt(checkout);
        stamp.write(`${sources} ${outputsKey(checkout)} ${dependenciesKey}`);
      }),
  };
}

/**
 * Sources, and what was built from them: a bundle that someone removed or made by hand from other sources is built again.
 *
 * @param {Checkout} checkout
 * @param {string} dependenciesKey
 * @returns {string}
 */
function buildKey(checkout, dependenciesKey) {
  return `${sourcesKey(checkout)} ${outputsKey(checkout)} ${dependenciesKey}`;
}

/** @param {Checkout} checkout */
function sourcesKey(checkout) {
  const isSource = (/** @type {string} */ name) =>
    !["node_modules", "dist", "coverage"].includes(name) && !name.startsWith(".") && !/\.test\.tsx?$/.test(name);
  const files = builtFolders(checkout).flatMap((folder) => listFiles(folder, isSource));
  return contentFingerprint(checkout.root, [join(checkout.root, "tsconfig.base.json"), ...files]);
}

/** @param {Checkout} checkout */
function outputsKey(checkout) {
  // The type checker writes its declarations beside the bundles; they are not part of the build.
  const isOutput = (/** @type {string} */ name) => name !== "types";
  const files = builtFolders(checkout).flatMap((folder) => listFiles(join(folder, "dist"), isOutput));
  return writeFingerprint(checkout.root, files);
}

/**
 * @param {Checkout} checkout
 * @returns {readonly string[]} absolute paths
 */
function builtFolders(checkout) {
  const folders = workspaceFolders(checkout).filter((folder) => !notBuilt.includes(folder));
  return folders.map((folder) => join(checkout.root, folder));
}

/** @param {Checkout} checkout */
function assertBuilt(checkout) {
  const missing = Object.values(builtFiles).filter((file) => !existsSync(join(checkout.root, file)));
  if (missing.length === 0) return;
  throw new Failure(
    exitCodes.buildFailed,
    `The build ended well but left no ${missing.join(", ")}; check the build script there.`,
  );
}
