/** What the exit code of `npm start` and `npm test` says: one number per cause, so that a script can tell them apart. */
export const exitCodes = /** @type {const} */ ({
  /** A started process ended by itself, or tests failed. */
  failed: 1,
  nodeTooOld: 10,
  unsupportedPlatform: 11,
  /** A folder or file of ours cannot be written. */
  notWritable: 12,
  /** The npm registry was needed and could not be reached, or refused. */
  registry: 13,
  diskFull: 14,
  /** A lock file does not fit its package.json, or a package does not fit its checksum. */
  brokenLockFile: 15,
  installFailed: 16,
  buildFailed: 17,
  portInUse: 18,
  alreadyRunning: 19,
  /** A started process did not become ready in time. */
  notReady: 20,
  /** An argument or a setting is wrong; the same as the CLI's. */
  usage: 64,
  /** Stopped by Ctrl-C before there was anything to run. */
  interrupted: 130,
});
