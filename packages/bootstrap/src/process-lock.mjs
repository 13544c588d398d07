/** A file that says which living process holds something. A file left behind by a dead process counts as free. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { isSystemError } from "./failure.mjs";
import { identifyProcess, isAlive } from "./process-identity.mjs";

/** @import { ProcessIdentity } from "./process-identity.mjs" */

/**
 * @typedef {object} LockContent
 * @property {ProcessIdentity} owner
 * @property {Readonly<Record<string, unknown>>} notes what the owner says about itself
 */

/**
 * @typedef {object} ProcessLock
 * @property {(notes: Readonly<Record<string, unknown>>) => void} annotate replaces the notes
 * @property {() => void} release
 */

/**
 * @typedef {{ kind: "taken", lock: ProcessLock, left: LockContent | undefined } | { kind: "held", by: LockContent }} LockAttempt
 * `left` is what a dead owner left behind
 */

/**
 * Takes the lock or says who has it.
 *
 * @param {string} path in an existing folder
 * @param {Readonly<Record<string, unknown>>} [notes]
 * @returns {LockAttempt}
 */
export function tryLock(path, notes = {}) {
  const owner = identifyProcess(process.pid);
  const draft = `${path}.${process.pid}`;
  /** @type {LockContent | undefined} */
  let left;
  for (;;) {
    writeFileSync(draft, JSON.stringify({ owner, notes }));
    try {
      linkSync(draft, path); // unlike a rename, fails if the lock is there; unlike an exclusive open, never shows an empty file
      break;
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
      const content = readLock(path);
      if (content !== undefined && isAlive(content.owner)) return { kind: "held", by: content };
      left = content ?? left;
      removeLeftLock(path, content);
    } finally {
      rmSync(draft, { force: true });
    }
  }
  return {
    kind: "taken",
    left,
    lock: {
      annotate(newNotes) {
        writeFileSync(draft, JSON.stringify({ owner, notes: newNotes }));
        renameSync(draft, path);
      },
      release: () => rmSync(path, { force: true }),
    },
  };
}

/**
 * Removes a dead owner's lock, and nothing else: another process may have replaced it by its own since it was read.
 *
 * @param {string} path
 * @param {LockContent | undefined} seen
 */
function removeLeftLock(path, seen) {
  const aside = `${path}.${process.pid}.left`;
  try {
    renameSync(path, aside);
    if (JSON.stringify(readLock(aside)) !== JSON.stringify(seen)) linkSync(aside, path);
  } catch (error) {
    if (!isSystemError(error, "ENOENT", "EEXIST")) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {LockContent | undefined} undefined if there is none, or it is not one of ours
 */
function readLock(path) {
  try {
    const content = JSON.parse(readFileSync(path, "utf8"));
    const owner = content?.owner;
    if (typeof owner?.pid !== "number" || typeof owner?.startedTicks !== "string") return undefined;
    return { owner, notes: typeof content.notes === "object" && content.notes !== null ? content.notes : {} };
  } catch {
    return undefined; // gone meanwhile, or not JSON: nobody holds it
  }
}
