/** From the text of a policy file to the policy, or to everything that is wrong with it. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { FileContext } from "./file/file-context.ts";
import { parseYaml } from "./file/parse-yaml.ts";
import { keysOf, PolicyFile } from "./file/policy-file.ts";
import type { ProblemSheet } from "./file/problem-sheet.ts";
import { readBackups } from "./file/read-backups.ts";
import { readLabels, readTaints } from "./file/read-labels.ts";
import { readOnboarding } from "./file/read-onboarding.ts";
import { readRouting } from "./file/read-routing.ts";
import { readAdvice, readConditions, readDomain, readDwell, readModes } from "./file/read-settings.ts";
import { readStorage } from "./file/read-storage.ts";
import { emptyText } from "./file/yaml-given.ts";
import { entriesOf, isEmpty, scalarOf, wordOf, type YamlEntry, type YamlValue } from "./file/yaml-values.ts";
import type { Policy } from "./policy.ts";
import { maximumPolicyBytes } from "./read-policy-text.ts";
import { unsetSections } from "./unset-sections.ts";

/** What came of it. */
export type ReadPolicy =
  | { readonly kind: "good"; readonly policy: Policy }
  /** "policy.yaml:12:9: labels.x: …", in the order of the file. */
  | { readonly kind: "bad"; readonly problems: readonly string[] };

/** What is needed besides the text. */
export interface ReadPolicyOptions {
  /** How a person finds the file. */
  readonly source: string;
  /** What is meant where the file says nothing, and what it extends. Undefined: the file says everything, and is it. */
  readonly builtIn: Policy | undefined;
}

/** Reads it. */
export function readPolicy(text: string, { source, builtIn }: ReadPolicyOptions): ReadPolicy {
  if (Buffer.byteLength(text) > maximumPolicyBytes) {
    return { kind: "bad", problems: [`${source}: it is larger than ${maximumPolicyBytes >> 10} KiB`] };
  }
  const { root, sheet } = parseYaml(text, source);
  const policy = isEmpty(root.node) ? undefined : readSections(root, { text, source, builtIn, sheet });
  if (policy === undefined) sheet.add(0, 'it is empty; the least is "version: 1", which is what is built in');
  const problems = sheet.lines();
  return policy === undefined || problems.length > 0 ? { kind: "bad", problems } : { kind: "good", policy };
}

interface Reading extends ReadPolicyOptions {
  readonly text: string;
  readonly sheet: ProblemSheet;
}

function readSections(root: YamlValue, { text, source, builtIn, sheet }: Reading): Policy {
  const sections = new Map<string, YamlEntry>();
  for (const entry of entriesOf(root, keysOf(PolicyFile), sheet)) {
    sections.set(entry.key, entry);
    // Somebody whose last label became a comment does not mean that all labels shall go.
    if (isEmpty(entry.node)) sheet.add(entry.offset, emptyText(entry.path));
  }
  checkVersion(sections.get("version"), root, sheet);
  const section = <Read>(key: string, otherwise: Read, read: (entry: YamlEntry) => Read): Read => {
    const entry = sections.get(key);
    return entry === undefined ? otherwise : read(entry);
  };
  const isExtending = section("extends", false, (entry) => wordOf(entry, ["built-in"], sheet) !== undefined);
  const domain = section("domain", undefined, (entry) => readDomain(entry, sheet)) ?? builtIn?.domain ?? "";
  const context: FileContext = {
    ...{ text, sheet, domain },
    placeOf: (value) =>
      builtIn === undefined ? `${source}: ${value.path}` : `${basename(source)}:${sheet.placeOf(value.offset)}`,
  };
  const labels = section("labels", undefined, (entry) => readLabels(entry, context));
  const taints = section("taints", undefined, (entry) => readTaints(entry, context));
  const storage = section("storage", undefined, (entry) => readStorage(entry, context));
  const before = builtIn ?? unsetSections;
  const beforeModes = builtIn?.modes ?? { describe: "off", restrict: "off", move: "off" };
  const beforeDwell = builtIn?.dwell ?? { changeMs: 0, removeMs: 0 };
  const beforeAdvice = builtIn?.advice ?? { wildcardName: undefined };
  return {
    source,
    hash: createHash("sha256").update(text).digest("hex"),
    domain,
    modes: section("modes", beforeModes, (entry) => readModes(entry, beforeModes, sheet)),
    dwell: section("dwell", beforeDwell, (entry) => readDwell(entry, beforeDwell, sheet)),
    labels: joined(builtIn?.labels ?? [], labels, isExtending, ({ key }) => key),
    taints: joined(builtIn?.taints ?? [], taints, isExtending, ({ key, effect }) => `${key}:${effect}`),
    conditions: section("conditions", builtIn?.conditions ?? [], (entry) => readConditions(entry, sheet)),
    advice: section("advice", beforeAdvice, (entry) => readAdvice(entry, beforeAdvice, sheet)),
    storage: {
      diskTags: joined(before.storage.diskTags, storage?.diskTags, isExtending, ({ tag }) => tag),
      nodeTags: joined(before.storage.nodeTags, storage?.nodeTags, isExtending, ({ tag }) => tag),
      defaultDisks: storage?.defaultDisks ?? before.storage.defaultDisks,
    },
    onboarding: section("onboarding", before.onboarding, (entry) => readOnboarding(entry, before.onboarding, context)),
    backups: section("backups", before.backups, (entry) => readBackups(entry, before.backups, sheet)),
    routing: section("routing", before.routing, (entry) => readRouting(entry, before.routing, context)),
  };
}

function checkVersion(entry: YamlEntry | undefined, root: YamlValue, sheet: ProblemSheet): void {
  if (entry === undefined) sheet.add(root.offset, "version is missing; this is version: 1");
  else if (scalarOf(entry)?.value !== 1 && !isEmpty(entry.node))
    sheet.add(entry.offset, "version: this nodekeeper reads version 1");
}

/** What the file gives takes the place of what is built in, or is added to it: then a rule of the same name takes the place of that one. */
function joined<Rule>(
  before: readonly Rule[],
  given: readonly Rule[] | undefined,
  isExtending: boolean,
  nameOf: (rule: Rule) => string,
): readonly Rule[] {
  if (given === undefined) return before;
  if (!isExtending) return given;
  const names = new Set(given.map(nameOf));
  return [...before.filter((rule) => !names.has(nameOf(rule))), ...given];
}
