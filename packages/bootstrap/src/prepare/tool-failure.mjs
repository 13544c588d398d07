/** What npm and pnpm say when an installation fails, in one sentence that says what to do. */
import { exitCodes } from "../exit-codes.mjs";
import { diskFull, Failure, notWritable } from "../failure.mjs";

/** Lines of a tool's output shown when its cause is not one that we know. */
const shownLines = 30;

/** Known causes, the most telling first: a full disk shows up as failed downloads as well. */
const causes = /** @type {const} */ ([
  ["disk-full", /\b(ENOSPC|EDQUOT)\b/],
  [
    "lock-file",
    /\b(EINTEGRITY|EJSONPARSE|ERR_PNPM_(?:OUTDATED_LOCKFILE|BROKEN_LOCKFILE|NO_LOCKFILE|TARBALL_INTEGRITY|LOCKFILE_\w+|BAD_TARBALL_CHECKSUM))\b|can only install/,
  ],
  [
    "certificate",
    /\b(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_HAS_EXPIRED)\b|self-signed certificate/,
  ],
  ["refused", /\b(E40[13]|ERR_PNPM_FETCH_40[13])\b/],
  ["missing", /\b(E404|ETARGET|ERR_PNPM_FETCH_404|ERR_PNPM_NO_MATCHING_VERSION)\b/],
  [
    "network",
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ESOCKETTIMEDOUT|ERR_SOCKET_TIMEOUT|EIDLETIMEOUT|ENETUNREACH|EHOSTUNREACH|EPIPE|ENOTCACHED|ERR_PNPM_NO_OFFLINE_TARBALL|E5\d\d|ERR_PNPM_FETCH_5\d\d|ERR_PNPM_META_FETCH_FAIL)\b|network timeout/,
  ],
  ["not-writable", /\b(EACCES|EROFS|EPERM)\b|ENOENT[^\n]*mkdir/],
]);

/**
 * @param {string} what was attempted, such as `The installation of pnpm and Node 24`
 * @param {string} output of the tool
 * @param {string} folder that the tool worked in
 * @returns {Failure}
 */
export function explainInstallFailure(what, output, folder) {
  for (const [cause, pattern] of causes) {
    const found = pattern.exec(output);
    if (found === null) continue;
    return explain(cause, found[1] ?? found[0], output, folder);
  }
  return new Failure(exitCodes.installFailed, `${what} failed; the lines above say why.`, lastLines(output));
}

/**
 * The end of a tool's output, without stack traces: those are of the tool, not of what it complains about.
 *
 * @param {string} output
 * @returns {string}
 */
export function lastLines(output) {
  const lines = output.trimEnd().split("\n");
  return lines
    .filter((line) => !/^(\S+ \w+: )? +at /.test(line))
    .slice(-shownLines)
    .join("\n");
}

/**
 * @param {typeof causes[number][0]} cause
 * @param {string} code
 * @param {string} output
 * @param {string} folder
 * @returns {Failure}
 */
function explain(cause, code, output, folder) {
  switch (cause) {
    case "disk-full":
      return diskFull(folder);
    case "not-writable":
      return notWritable(
        /(?:mkdir|open|rename|unlink|symlink|copyfile|link|access)[^'\n]*'([^'\n]+)'/.exec(output)?.[1] ?? folder,
      );
    case "lock-file":
      return new Failure(
        exitCodes.brokenLockFile,
        `A lock file does not fit (${code}): ${lockFileComplaint(output)} Take it back with: git checkout -- pnpm-lock.yaml packages/bootstrap/toolchain. If you changed a package.json, run: pnpm install.`,
      );
    case "certificate":
      return new Failure(
        exitCodes.registry,
        `The npm registry's certificate was not accepted (${code}). Name your organisation's CA file with: npm config set cafile /path/to/ca.crt`,
      );
    case "refused":
      return new Failure(
        exitCodes.registry,
        `The npm registry refused access (${code}). Log in with: npm login, or check ~/.npmrc.`,
      );
    case "missing":
      return new Failure(
        exitCodes.registry,
        `The npm registry lacks a package that nodekeeper needs (${code}): ${firstUrl(output)}. If it is a mirror, point npm at a complete one: npm config set registry URL`,
      );
    case "network":
      return new Failure(
        exitCodes.registry,
        `The npm registry could not be reached (${code}). nodekeeper needs the npm registry once, to install; connect this machine (behind a proxy: npm config set proxy URL), then run this again.`,
      );
  }
}

/** @param {string} output */
function lockFileComplaint(output) {
  const line = /(?:ERR_PNPM_\w+\s+|npm error (?!code ))(.+)/.exec(output)?.[1]?.trim() ?? "its content is damaged";
  return line.endsWith(".") ? line : `${line}.`;
}

/** @param {string} output */
function firstUrl(output) {
  return /https?:\/\/[^\s:,]+(?::\d+)?[^\s:,]*/.exec(output)?.[0] ?? "see npm's log in ~/.npm/_logs";
}
