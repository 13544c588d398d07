/** How a child ended, and what it printed. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A program that has ended. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for its end. To be called as soon as it is spawned. */
export async function outcome(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk: Buffer) => {
      texts[name] += chunk.toString();
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null]; // child_process says so
  return { exitCode, ...texts };
}
