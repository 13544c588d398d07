/**
 * Recorded output of real devices. The recordings have licences of their own and lie beside the checkout, in ../shared/fixtures, or where
 * NODEKEEPER_FIXTURES says; tests that need them are skipped where they are not there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One recorded output. */
export interface Recording {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** The folder of all recordings. */
export const recordingsFolder: string =
  process.env["NODEKEEPER_FIXTURES"] ?? join(import.meta.dirname, "../../../../../shared/fixtures");

/** Why tests on recordings cannot run here; undefined where they can. */
export function missingForRecordings(...tools: readonly string[]): string | undefined {
  if (!existsSync(recordingsFolder)) return `no recordings at ${recordingsFolder}`;
  const missing = tools.filter((tool) => !isInstalled(tool));
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}

/** All recordings of a folder whose names end so. */
export function recordings(folder: string, ending: string): readonly Recording[] {
  const names = existsSync(join(recordingsFolder, folder)) ? readdirSync(join(recordingsFolder, folder)) : [];
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => ({
      name,
      path: join(recordingsFolder, folder, name),
      text: readFileSync(join(recordingsFolder, folder, name), "utf8"),
    }));
}

/** What jq makes of recordings, one line for each: the independent reading that ours is held against. */
export function extractByJq(filter: string, paths: readonly string[]): readonly unknown[] {
  const lines = execFileSync("jq", ["-c", filter, ...paths], { encoding: "utf8", maxBuffer: 1 << 28 });
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
