/** Step 1: pnpm, and Node 24 where the system's is older, from the npm registry by the lock file in `toolchain/`. */
import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";

import { exitCodes } from "../exit-codes.mjs";
import { diskFull, Failure } from "../failure.mjs";
import { runTool } from "../run-tool.mjs";
import { contentFingerprint } from "./fingerprint.mjs";
import { runNpm } from "./npm.mjs";
import { createStamp } from "./stamp.mjs";
import { explainInstallFailure } from "./tool-failure.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { Interrupt } from "../interrupt.mjs" */
/** @import { Platform } from "./platform.mjs" */
/** @import { Step } from "./step.mjs" */
/** @import { Tools } from "./tools.mjs" */

/** Whatever ~/.npmrc says, this one installation is made as its lock file says, with the programs linked, and runs no script. */
const npmCi = [
  "ci",
  "--ignore-scripts",
  "--include=prod",
  "--bin-links=true",
  "--package-lock=true",
  "--location=project",
  "--dry-run=false",
  "--json=false",
  "--loglevel=error",
  "--audit=false",
  "--fund=false",
  "--prefer-offline",
];

/** Less free space than this after a failed installation means that it failed for lack of space. */
const fullBelowBytes = 20_000_000;

/**
 * @param {Checkout} checkout
 * @param {Platform} platform
 * @param {Tools} tools
 * @returns {Step}
 */
export function toolchainStep(checkout, platform, tools) {
  // Inside node_modules, which npm ci removes first: an interrupted one leaves no stamp.
  const stamp = createStamp(join(checkout.toolchain, "node_modules", ".nodekeeper-stamp"));
  const key = toolchainKey(checkout, platform);
  return {
    isDone: () => stamp.matches(key) && existsSync(tools.node) && existsSync(tools.pnpm),
    perform: ({ terminal, interrupt }) =>
      terminal.progress("Installing tools (once)", async () => {
        stamp.remove();
        const nodeToo = platform.needsOwnNode ? "--include=optional" : "--omit=optional";
        const { code, output } = await runNpm([...npmCi, nodeToo], checkout.toolchain, interrupt);
        if (code !== 0) throw explainInstallFailure("The installation of pnpm and Node 24", output, checkout.toolchain);
        await assertRuns(tools, checkout, interrupt);
        stamp.write(key);
      }),
  };
}

/**
 * What the tools depend on. Part of the key of everything that is made with them.
 *
 * @param {Checkout} checkout
 * @param {Platform} platform
 * @returns {string}
 */
export function toolchainKey(checkout, platform) {
  const files = ["package.json", "package-lock.json"].map((name) => join(checkout.toolchain, name));
  return [contentFingerprint(checkout.root, files), platform.os, platform.cpu, platform.libc].join(" ");
}

/**
 * npm does not call it a failure when an optional package, which Node 24 is, could not be downloaded or unpacked.
 *
 * @param {Tools} tools
 * @param {Checkout} checkout
 * @param {Interrupt} interrupt
 */
async function assertRuns(tools, checkout, interrupt) {
  const call = { command: tools.node, args: [tools.pnpm, "--version"], cwd: checkout.toolchain, env: tools.env, interrupt };
  const { code, output } = await runTool(call).catch((error) => {
    if (error instanceof Failure) throw error;
    return { code: 1, output: String(error.message) };
  });
  if (code === 0) return;
  const { bavail, bsize } = statfsSync(checkout.toolchain);
  if (bavail * bsize < fullBelowBytes) throw diskFull(checkout.toolchain);
  if (!existsSync(tools.node)) {
    throw new Failure(
      exitCodes.registry,
      `npm brought pnpm but not Node 24: the registry did not deliver the package for this machine. Run this again, or install Node 24 yourself.`,
    );
  }
  throw new Failure(
    exitCodes.unsupportedPlatform,
    `The Node 24 that npm brought does not run here (${output.trim().split("\n")[0]}). If the folder is mounted noexec, clone nodekeeper elsewhere; else install Node 24 yourself.`,
  );
}
