/** The sections of a policy file that are no rules: domain, modes, dwell, conditions, advice. What is left out is as it is built in. */
import type { ActionClass, Mode } from "@nodekeeper/shared/api";
import type { Advice, ConditionType, Dwell } from "../policy.ts";
import { problemOfDomain, problemOfName } from "./key-syntax.ts";
import { AdviceEntry, conditionTypes, DwellEntry, keysOf, ModesEntry } from "./policy-file.ts";
import type { ProblemSheet } from "./problem-sheet.ts";
import { readDuration } from "./read-duration.ts";
import { readWords } from "./read-words.ts";
import { entriesOf, textOf, wordOf, type YamlValue } from "./yaml-values.ts";

type Modes = Readonly<Record<ActionClass, Mode>>;

const modes = ["off", "plan", "enforce"] as const;
/** Who waits longer does not want it at all. */
const longestDwellMs = 7 * 86_400_000;

/** The domain. */
export function readDomain(value: YamlValue, sheet: ProblemSheet): string | undefined {
  const domain = textOf(value, sheet);
  const problem = domain === undefined ? undefined : problemOfDomain(domain);
  if (problem === undefined) return domain;
  sheet.add(value.offset, `${value.path}: ${problem}`);
  return undefined;
}

/** The modes; a class that is left out is as in `before`. */
export function readModes(value: YamlValue, before: Modes, sheet: ProblemSheet): Modes {
  const given = entriesOf(value, keysOf(ModesEntry), sheet).map((entry) => [entry.key, wordOf(entry, modes, sheet)] as const);
  return { ...before, ...Object.fromEntries(given.filter(([, mode]) => mode !== undefined)) };
}

/** How long changes must hold. */
export function readDwell(value: YamlValue, before: Dwell, sheet: ProblemSheet): Dwell {
  const limits = { mostMs: longestDwellMs };
  const entries = entriesOf(value, keysOf(DwellEntry), sheet);
  const given = new Map(entries.map((entry) => [entry.key, readDuration(entry, limits, sheet)]));
  return { changeMs: given.get("change") ?? before.changeMs, removeMs: given.get("remove") ?? before.removeMs };
}

/** Types of conditions, each once. */
export function readConditions(value: YamlValue, sheet: ProblemSheet): readonly ConditionType[] {
  return readWords(value, conditionTypes, sheet);
}

/** What is looked at in the cluster. */
export function readAdvice(value: YamlValue, before: Advice, sheet: ProblemSheet): Advice {
  const entry = entriesOf(value, keysOf(AdviceEntry), sheet).find(({ key }) => key === "wildcardName");
  if (entry === undefined) return before;
  const name = textOf(entry, sheet);
  const problem = name === undefined ? undefined : problemOfName(name.replace(/^\*\./, ""));
  if (problem !== undefined) sheet.add(entry.offset, `${entry.path}: ${problem}`);
  return { wildcardName: name };
}
