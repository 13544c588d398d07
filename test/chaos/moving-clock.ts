/** A wall clock that a test can set for a running program (libfaketime). The monotonic clock is left alone, as when somebody sets a machine's time. */
import { existsSync, globSync, renameSync, writeFileSync } from "node:fs";

/** A clock. */
export interface MovingClock {
  /** Variables of the program that is to go by it. */
  readonly env: Readonly<Record<string, string>>;
  /** Moves it against the machine's; the program notices within a second. */
  set(offsetSeconds: number): void;
}

const library = globSync("/usr/lib/*/faketime/libfaketimeMT.so.1")[0];

/** Why there can be none here; undefined when there can. */
export function missingForMovingClocks(): string | undefined {
  return library === undefined || !existsSync(library)
    ? "libfaketime is not installed (Debian: apt-get install faketime)"
    : undefined;
}

/** A clock that is right until it is set; `file` is where its offset stands. */
export function createMovingClock(file: string): MovingClock {
  function set(offsetSeconds: number): void {
    const unfinished = `${file}.new`;
    writeFileSync(unfinished, `${offsetSeconds < 0 ? "-" : "+"}${Math.abs(offsetSeconds)}s\n`);
    renameSync(unfinished, file); // the program may read it at any moment
  }
  set(0);
  return {
    set,
    env: {
      LD_PRELOAD: library ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      FAKETIME_DONT_RESET: "1",
    },
  };
}
