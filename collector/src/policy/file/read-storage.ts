/** `storage` of a policy file: tags of Longhorn's disks and nodes, and the disks that a new node begins with. */
import type { StoragePolicy, TagRule } from "../policy.ts";
import type { FileContext } from "./file-context.ts";
import { problemOfTag } from "./key-syntax.ts";
import { keysOf, StorageEntry } from "./policy-file.ts";
import { readEntryExpression } from "./read-entry-expression.ts";
import { readList } from "./read-list.ts";
import { givenEntries } from "./yaml-given.ts";
import { entriesOf, type YamlEntry, type YamlValue } from "./yaml-values.ts";

/** What the section gives; undefined: it says nothing of it. */
export type GivenStorage = { readonly [Key in keyof StoragePolicy]: StoragePolicy[Key] | undefined };

/** So many of each; nobody has a tenth. */
const maximumTags = 64;
const maximumDisks = 32;
/** Linux, PATH_MAX. */
const maximumPathLength = 4_095;

/** Reads it. */
export function readStorage(value: YamlValue, context: FileContext): GivenStorage {
  const entries = givenEntries(value, keysOf(StorageEntry), context.sheet);
  const [diskTags, nodeTags, disks] = ["diskTags", "nodeTags", "defaultDisks"].map((key) => entries.get(key));
  return {
    diskTags: diskTags && readTags(diskTags, { isOfDisk: true, context }),
    nodeTags: nodeTags && readTags(nodeTags, { isOfDisk: false, context }),
    defaultDisks: disks && readList(disks, { maximum: maximumDisks, problemOf: problemOfPath }, context.sheet),
  };
}

function readTags(
  value: YamlEntry,
  { isOfDisk, context }: { readonly isOfDisk: boolean; readonly context: FileContext },
): readonly TagRule[] {
  const entries = entriesOf(value, undefined, context.sheet);
  if (entries.length > maximumTags) context.sheet.add(value.offset, `${value.path}: there are more than ${maximumTags}`);
  return entries.slice(0, maximumTags).flatMap((entry) => {
    const problem = problemOfTag(entry.key);
    if (problem !== undefined) context.sheet.add(entry.keyOffset, `${entry.path}: ${problem}`);
    const when = readEntryExpression(entry, { purpose: "condition", readsDisk: isOfDisk }, context);
    return when === undefined || problem !== undefined ? [] : [{ tag: entry.key, when }];
  });
}

/** Why this is no folder that could be Longhorn's disk, written in the one way in which folders are compared; undefined: it is. */
function problemOfPath(path: string): string | undefined {
  if (!path.startsWith("/")) return `a folder is told from the root on, as in /var/lib/longhorn, not "${path}"`;
  if (path.length > maximumPathLength) return `a path has at most ${maximumPathLength} characters`;
  if (/\p{Cc}/u.test(path)) return "a path has no control characters";
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return 'a path goes straight to its folder, without ".."';
  if (parts.length === 0) return "the root filesystem itself cannot be a disk of Longhorn; name a folder";
  const plain = `/${parts.join("/")}`;
  return plain === path ? undefined : `write it as ${plain}`;
}
