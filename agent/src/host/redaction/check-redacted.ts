/** The last word on a redacted recording: what must not be there is looked for in all that was written, as it lies on the disk. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { createLiteralFinder, type Literal } from "./literals.ts";

/** Where something was left. */
export interface Leftover {
  /** The file, folder or link, from the root of the recording. */
  readonly path: string;
  readonly where: "its name" | "its content" | "where it leads";
}

/** Looks through every name, every link and every byte below a folder; the first thing that was left, or undefined. */
export async function findLeftover(folder: string, originals: readonly Literal[]): Promise<Leftover | undefined> {
  // Files are searched as bytes: one character each, whatever their encoding.
  const find = createLiteralFinder(
    originals.map((literal) => ({ ...literal, text: Buffer.from(literal.text).toString("latin1") })),
  );
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const whole = join(entry.parentPath, entry.name);
    const path = whole.slice(folder.length);
    if (find(Buffer.from(path).toString("latin1")) !== undefined) return { path, where: "its name" };
    if (entry.isSymbolicLink() && find(await readlink(whole, "latin1")) !== undefined) return { path, where: "where it leads" };
    if (entry.isFile() && find(await readFile(whole, "latin1")) !== undefined) return { path, where: "its content" };
  }
  return undefined;
}
