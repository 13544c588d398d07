/** Remembers in a file that a step was done, and for what. Written after the step, removed before it: a broken step leaves none. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * @typedef {object} Stamp
 * @property {(key: string) => boolean} matches whether the step was done for just this key
 * @property {(key: string) => void} write
 * @property {() => void} remove
 */

/**
 * @param {string} path
 * @returns {Stamp}
 */
export function createStamp(path) {
  return {
    matches(key) {
      try {
        return readFileSync(path, "utf8") === `${key}\n`;
      } catch {
        return false; // none, or not readable: the step is done again
      }
    },
    write(key) {
      mkdirSync(dirname(path), { recursive: true });
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, `${key}\n`);
      renameSync(draft, path);
    },
    remove: () => rmSync(path, { force: true }),
  };
}
