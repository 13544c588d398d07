/** Gives a database another name, with its log, so that nothing is overwritten, and puts another in its place. Nobody may hold it. */
import { existsSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { syncPath } from "./whole-files.ts";

const suffixes = ["", "-wal", "-shm"];

/**
 * A whole database takes the place of the one that is there, which is renamed to `nodekeeper.db.<why>-20261123T051500Z` with what SQLite keeps
 * beside it. Returns that name; undefined when there was none. What a crash leaves behind in between, a log without its database or a new
 * database without its name, is refused at the next start (see inspectDatabaseFile) and not overlooked.
 */
export function replaceDatabase(file: string, by: string, why: "damaged" | "replaced", nowMs: number): string | undefined {
  const isThere = suffixes.some((suffix) => existsSync(file + suffix));
  const keptAside = isThere ? setAside(file, why, nowMs) : undefined;
  renameSync(by, file);
  syncPath(dirname(file));
  return keptAside;
}

/** The database goes first: its log must never be found by another, nor be missed by itself. */
function setAside(file: string, why: "damaged" | "replaced", nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  let name = `${file}.${why}-${stamp}`;
  for (let number = 2; existsSync(name); number += 1) name = `${file}.${why}-${stamp}-${number}`;
  for (const suffix of suffixes) if (existsSync(file + suffix)) renameSync(file + suffix, name + suffix);
  return name;
}
