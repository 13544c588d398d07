/** The entries of a section, none of which may be left empty: somebody whose last line became a comment does not mean that all of it shall go. */
import type { ProblemSheet } from "./problem-sheet.ts";
import { entriesOf, isEmpty, type YamlEntry, type YamlValue } from "./yaml-values.ts";

/** Those with something in them, by key. */
export function givenEntries(value: YamlValue, known: readonly string[], sheet: ProblemSheet): ReadonlyMap<string, YamlEntry> {
  const given = new Map<string, YamlEntry>();
  for (const entry of entriesOf(value, known, sheet)) {
    if (isEmpty(entry.node)) sheet.add(entry.offset, emptyText(entry.path));
    else given.set(entry.key, entry);
  }
  return given;
}

/** What is said of a part of the file in which nothing stands. */
export function emptyText(path: string): string {
  return `${path}: nothing stands here; leave it out, or write ${emptyOf(path.split(".").at(-1) ?? "")}`;
}

/** How a person says that there is to be none. */
function emptyOf(key: string): string {
  if (["labels", "diskTags", "nodeTags"].includes(key)) return "{} for none";
  return ["taints", "conditions", "defaultDisks", "skip", "cronJobs", "deployments", "servers", "roles"].includes(key)
    ? "[] for none"
    : "what is meant";
}
