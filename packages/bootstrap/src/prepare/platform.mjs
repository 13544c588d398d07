/** Which machines can run nodekeeper from a checkout. */
import { exitCodes } from "../exit-codes.mjs";
import { Failure } from "../failure.mjs";

/** Node 24 and newer run nodekeeper themselves; for an older one the toolchain brings Node 24. */
const targetNodeMajor = 24;

/**
 * @typedef {object} Platform
 * @property {string} os as process.platform
 * @property {string} cpu as process.arch
 * @property {"glibc" | "other"} libc
 * @property {string} nodeVersion of the Node that runs this, such as `20.20.2`
 */

/** @returns {Platform} */
export function thisPlatform() {
  /** @type {any} the report's type leaves the header open */
  const report = process.report.getReport();
  return {
    os: process.platform,
    cpu: process.arch,
    libc: typeof report.header.glibcVersionRuntime === "string" ? "glibc" : "other",
    nodeVersion: process.versions.node,
  };
}

/**
 * Whether the toolchain must bring Node 24 here.
 *
 * @param {Platform} platform
 * @returns {boolean}
 */
export function needsOwnNode(platform) {
  return Number(platform.nodeVersion.split(".")[0]) < targetNodeMajor;
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
  if (platform.libc !== "glibc" && needsOwnNode(platform)) {
    throw new Failure(
      exitCodes.unsupportedPlatform,
      `The Node ${targetNodeMajor} that nodekeeper would bring needs glibc, which this Linux does not have. Install Node ${targetNodeMajor} with the system's package manager, then run this again.`,
    );
  }
}
