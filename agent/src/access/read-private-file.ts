/** Files that somebody else writes: read within a bound, and never waited for. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** The text of a regular file, wherever links lead. `check` sees what was opened, and throws to refuse it. Throws what the system says, or why not. */
export function readPrivateFile(path: string, maximumBytes: number, check: (stats: Stats) => void = () => undefined): string {
  // Not to wait for the other end of what is no file at all.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error("it is no regular file");
    check(stats);
    const buffer = Buffer.alloc(Math.min(stats.size, maximumBytes) + 1);
    let length = 0;
    for (let more = -1; more !== 0 && length < buffer.length; length += more)
      more = readSync(file, buffer, length, buffer.length - length, null);
    if (length > maximumBytes) throw new Error(`it is larger than ${maximumBytes / 1024} KiB`);
    if (length > stats.size) throw new Error("it is being written");
    return buffer.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}
