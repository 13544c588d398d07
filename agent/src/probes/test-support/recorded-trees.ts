/** Recorded trees of /sys and /proc, unpacked into a temporary folder. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { recordingsFolder } from "./recordings.ts";

/** A folder that goes away with the test. */
export interface UnpackedTree extends Disposable {
  readonly root: string;
}

/** Unpacks a tar archive; `inside` is the folder in it that is the machine's root. */
export function unpackTar(path: string, inside = "."): UnpackedTree {
  const folder = mkdtempSync(join(tmpdir(), "nodekeeper-tree-"));
  execFileSync("tar", ["-xf", join(recordingsFolder, path), "-C", folder]);
  return { root: join(folder, inside), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** Unpacks text archives: "Path:", then "SymlinkTo:", or "Lines:" and the file's lines; "EOF" at their end says that no newline is there. */
export function unpackTtar(archives: Readonly<Record<string, string>>): UnpackedTree {
  const root = mkdtempSync(join(tmpdir(), "nodekeeper-tree-"));
  for (const [archive, folder] of Object.entries(archives)) {
    const lines = readFileSync(join(recordingsFolder, archive), "utf8").split("\n");
    for (let index = 0; index < lines.length; index++) {
      const path = /^Path: (.*)$/.exec(lines[index] ?? "")?.[1];
      if (path === undefined) continue;
      const place = join(root, folder, path);
      mkdirSync(dirname(place), { recursive: true });
      const [, key, value = ""] = /^(Lines|SymlinkTo): (.*)$/.exec(lines[index + 1] ?? "") ?? [];
      if (key === "SymlinkTo") symlinkSync(value, place);
      else writeFileSync(place, `${lines.slice(index + 2, index + 2 + Number(value)).join("\n")}\n`.replace(/EOF\n$/, ""));
    }
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}
