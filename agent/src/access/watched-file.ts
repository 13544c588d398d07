/** A file that somebody else replaces now and then: its modification time says whether it must be read again. */
import { statSync } from "node:fs";
import { AppError, systemErrorCode } from "@nodekeeper/shared";

/** What was read last of it. */
export interface WatchedFile<Value> {
  /** Looks whether it changed. What cannot be read leaves the last good value, and says why in `problem`. */
  look(): void;
  /** Undefined: it is not there, or was never good. */
  readonly value: Value | undefined;
  /** In words; undefined while all is well. */
  readonly problem: string | undefined;
}

/** Reads it now. `read` throws what is wrong with it, and gives undefined when it is not there. */
export function createWatchedFile<Value>(path: string, read: (path: string) => Value | undefined): WatchedFile<Value> {
  let seen: string | undefined;
  let value: Value | undefined;
  let problem: string | undefined;

  function look(): void {
    const now = stampOf(path);
    if (now === seen && problem === undefined) return;
    try {
      value = read(path);
      problem = undefined;
      seen = now; // taken before the reading: what changed meanwhile is read again
    } catch (thrown) {
      problem = AppError.from(thrown).message;
    }
  }

  look();
  return {
    look,
    get value() {
      return value;
    },
    get problem() {
      return problem;
    },
  };
}

/** The file that a path leads to, and when it was written: of a mounted Secret or token the link is moved to another one. */
function stampOf(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch (thrown) {
    return systemErrorCode(thrown) ?? "unknown";
  }
}
