/** One short text that changes when any of a set of files does. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

import { isSystemError } from "../failure.mjs";

/**
 * By content. A missing file counts as such.
 *
 * @param {string} root the paths are taken relative to it, so that a moved checkout has the same fingerprint
 * @param {readonly string[]} paths absolute
 * @returns {string}
 */
export function contentFingerprint(root, paths) {
  return fingerprint(root, paths, (path) => readFileSync(path));
}

/**
 * By size and time of change: for files that are written by a build and edited by nobody.
 *
 * @param {string} root
 * @param {readonly string[]} paths absolute
 * @returns {string}
 */
export function writeFingerprint(root, paths) {
  return fingerprint(root, paths, (path) => {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  });
}

/**
 * All files below a folder, sorted. A folder that does not exist has none.
 *
 * @param {string} folder
 * @param {(name: string) => boolean} wanted asked for each file and folder by its name
 * @returns {readonly string[]} absolute paths
 */
export function listFiles(folder, wanted) {
  /** @type {string[]} */
  const files = [];
  for (const entry of readFolder(folder)) {
    if (!wanted(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...listFiles(path, wanted));
    else if (entry.isFile()) files.push(path);
  }
  return files.sort();
}

/**
 * @param {string} root
 * @param {readonly string[]} paths
 * @param {(path: string) => string | Buffer} read
 * @returns {string}
 */
function fingerprint(root, paths, read) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const content = ifExists(() => read(path));
    // The length before the content keeps two files from being mistaken for one.
    hash.update(`${relative(root, path)}\0${content?.length ?? "missing"}\0`);
    if (content !== undefined) hash.update(content);
  }
  return hash.digest("hex");
}

/** @param {string} folder */
function readFolder(folder) {
  return ifExists(() => readdirSync(folder, { withFileTypes: true })) ?? [];
}

/**
 * @template T
 * @param {() => T} read
 * @returns {T | undefined}
 */
function ifExists(read) {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
