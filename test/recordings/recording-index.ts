/** The list of all recordings: INDEX.tsv beside them says for each file what it is. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordingsFolder } from "../../agent/src/probes/test-support/recordings.ts";

/** One recorded file. */
export interface IndexEntry {
  /** Below the folder of recordings, e.g. smart/beszel__sda.json. */
  readonly file: string;
  readonly path: string;
  /** e.g. smartctl-json. */
  readonly kind: string;
  /** For people. */
  readonly what: string;
}

/** Every entry; none where the recordings are not there. */
export function indexEntries(): readonly IndexEntry[] {
  const path = join(recordingsFolder, "INDEX.tsv");
  if (!existsSync(path)) return [];
  const [, ...lines] = readFileSync(path, "utf8").split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => {
      const [file = "", kind = "", what = ""] = line.split("\t");
      return { file, path: join(recordingsFolder, file), kind, what };
    });
}

/** The text of a recording. */
export function textOf({ path }: Pick<IndexEntry, "path">): string {
  return readFileSync(path, "utf8");
}
