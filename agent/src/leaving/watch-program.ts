/** Whether the program that runs was replaced on the disk since it began: then its stop is part of an upgrade. */
import { statSync } from "node:fs";

/** Remembers the program's file now; what comes back says whether another lies there. Undefined: nobody knows the file. */
export function watchProgram(path: string | undefined): () => boolean {
  const before = path === undefined ? undefined : stampOf(path);
  return () => before !== undefined && path !== undefined && stampOf(path) !== before;
}

function stampOf(path: string): string | undefined {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return "gone";
  }
}
