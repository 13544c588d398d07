/** `labels` and `taints` of a policy file. */
import type { LabelRule, TaintRule } from "../policy.ts";
import type { FileContext } from "./file-context.ts";
import { problemOfKey, problemOfTaintValue } from "./key-syntax.ts";
import { keysOf, TaintEntry } from "./policy-file.ts";
import { readEntryExpression } from "./read-entry-expression.ts";
import { elementsOf, entriesOf, scalarOf, textOf, wordOf, type YamlEntry, type YamlValue } from "./yaml-values.ts";

/** So many a Node may have of us; nobody has a tenth. */
const maximumRules = 256;

/** The labels, in the order of the file. */
export function readLabels(value: YamlValue, context: FileContext): readonly LabelRule[] {
  const entries = limited(entriesOf(value, undefined, context.sheet), value, context);
  return entries.flatMap((entry) => {
    const problem = problemOfKey(entry.key);
    if (problem !== undefined) context.sheet.add(entry.keyOffset, `${entry.path}: ${problem}`);
    const expression = readEntryExpression(entry, { purpose: "label" }, context);
    return expression === undefined || problem !== undefined ? [] : [{ key: entry.key, value: expression }];
  });
}

/** The taints, in the order of the file. */
export function readTaints(value: YamlValue, context: FileContext): readonly TaintRule[] {
  const seen = new Set<string>();
  return limited(elementsOf(value, context.sheet), value, context).flatMap((element) => {
    const taint = readTaint(element, context);
    if (taint === undefined) return [];
    const name = `${taint.key}:${taint.effect}`;
    if (seen.has(name)) context.sheet.add(element.offset, `${element.path}: there is another taint ${name} before it`);
    seen.add(name);
    return [taint];
  });
}

function readTaint(element: YamlValue, context: FileContext): TaintRule | undefined {
  const { sheet } = context;
  const entries = new Map(entriesOf(element, keysOf(TaintEntry), sheet).map((entry) => [entry.key, entry]));
  for (const name of ["key", "effect", "when"]) {
    if (!entries.has(name)) sheet.add(element.offset, `${element.path}: ${name} is missing`);
  }
  const [key, given, effect, when] = ["key", "value", "effect", "when"].map((name) => entries.get(name));
  const keyText = key && checked(key, (text) => problemOfKey(text) ?? problemOfStartup(text), context);
  const valueText = given === undefined ? "" : checked(given, problemOfTaintValue, context);
  const effectWord = effect && readEffect(effect, context);
  const expression = when && readEntryExpression(when, { purpose: "condition" }, context);
  if (keyText === undefined || valueText === undefined || effectWord === undefined || expression === undefined) return undefined;
  return { key: keyText, value: valueText, effect: effectWord, when: expression };
}

/** Nodes are registered with it, and it goes once: a policy that wanted it would put it back. */
function problemOfStartup(key: string): string | undefined {
  return key === "onboarding"
    ? "this is the start-up taint, with which kubelets register their Nodes; take another key"
    : undefined;
}

function readEffect(value: YamlEntry, { sheet }: FileContext): TaintRule["effect"] | undefined {
  if (scalarOf(value)?.value !== "NoExecute") return wordOf(value, ["NoSchedule", "PreferNoSchedule"], sheet);
  sheet.add(
    value.offset,
    `${value.path}: NoExecute evicts what runs on the node, which a policy's taint must not do; take NoSchedule`,
  );
  return undefined;
}

function checked(value: YamlEntry, problemOf: (text: string) => string | undefined, { sheet }: FileContext): string | undefined {
  const text = textOf(value, sheet);
  const problem = text === undefined ? undefined : problemOf(text);
  if (problem === undefined) return text;
  sheet.add(value.offset, `${value.path}: ${problem}`);
  return undefined;
}

function limited<Item>(items: readonly Item[], { path, offset }: YamlValue, { sheet }: FileContext): readonly Item[] {
  if (items.length > maximumRules) sheet.add(offset, `${path}: there are more than ${maximumRules}`);
  return items.slice(0, maximumRules);
}
