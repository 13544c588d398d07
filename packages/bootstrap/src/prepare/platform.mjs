/** Which machines can run nodekeeper from a checkout. */
import { existsSync, realpathSync } from "node:fs";
import { sep } from "node:path";

import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";

/** @import { Checkout } from "../checkout.mjs" */

/** Node 24 and newer run nodekeeper themselves; for an older one the toolchain brings Node 24. */
const targetNodeMajor = 24;

/**
 * @typedef {object} Platform
 * @property {string} os as process.platform
 * @property {string} cpu as process.arch
 * @property {"glibc" | "other"} libc
 * @property {boolean} needsOwnNode whether the toolchain must bring Node 24
 */

/**
 * @param {Checkout} checkout
 * @returns {Platform}
 */
export function thisPlatform(checkout) {
  /** @type {any} the report's type leaves the header open */
  const report = process.report.getReport();
  return {
    os: process.platform,
    cpu: process.arch,
    libc: typeof report.header.glibcVersionRuntime === "string" ? "glibc" : "other",
    needsOwnNode: Number(process.versions.node.split(".")[0]) < targetNodeMajor || runsToolchainNode(checkout),
  };
}

/**
 * With the toolchain in PATH, the Node that runs this is the one that the toolchain brought. It must not be taken for the system's,
 * which would be there without the toolchain.
 *
 * @param {Checkout} checkout
 */
function runsToolchainNode(checkout) {
  return existsSync(checkout.toolchain) && process.execPath.startsWith(realpathSync(checkout.toolchain) + sep);
}

/**
 * @param {Platform} platform
 * @throws {Failure}
 */
export function assertSupportedPlatform(platform) {
  if (platform.os !== "linux" || !["x64", "arm64"].includes(platform.cpu)) {
    throw new Failure(
      exitCodes.unsupportedPlatform,
      `This machine is ${platform.os} on ${platform.cpu}; nodekeeper reads Linux machines on x64 and arm64. Run it on one of those.`,
    );
  }
  if (platform.libc !== "glibc" && platform.needsOwnNode) {
    throw new Failure(
      exitCodes.unsupportedPlatform,
      `The Node ${targetNodeMajor} that nodekeeper would bring needs glibc, which this Linux does not have. Install Node ${targetNodeMajor} with the system's package manager, then run this again.`,
    );
  }
}
