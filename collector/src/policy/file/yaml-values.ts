/** Values of a YAML document with their places. What is not of the expected kind is put on the sheet, and read as undefined. */
import { didYouMean } from "@nodekeeper/shared";
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";
import type { ProblemSheet } from "./problem-sheet.ts";

/** A value somewhere in the document. */
export interface YamlValue {
  readonly node: Node | null;
  /** Where it stands, or where it is missing. */
  readonly offset: number;
  /** How one gets there: labels.gpu.product; "" of the whole. */
  readonly path: string;
}

/** An entry of a map. */
export interface YamlEntry extends YamlValue {
  readonly key: string;
  readonly keyOffset: number;
}

/** The entries of a map, by their order; of one that is left empty none. `known` are the keys that there may be; undefined: any. */
export function entriesOf(value: YamlValue, known: readonly string[] | undefined, sheet: ProblemSheet): readonly YamlEntry[] {
  const { node, path, offset } = value;
  if (isEmpty(node)) return [];
  if (!isMap(node)) {
    sheet.add(offset, `${named(path)}here stands a map (key: value), not ${kindOf(node)}`);
    return [];
  }
  return node.items.flatMap((pair) => {
    const entry = entryOf(pair, path, offset, sheet);
    if (entry === undefined) return [];
    if (known === undefined || known.includes(entry.key)) return [entry];
    sheet.add(
      entry.keyOffset,
      `${entry.path}: there is no such key${didYouMean(entry.key, known) || `; there are ${known.join(", ")}`}`,
    );
    return [];
  });
}

/** The elements of a list; of one that is left empty none. */
export function elementsOf({ node, path, offset }: YamlValue, sheet: ProblemSheet): readonly YamlValue[] {
  if (isEmpty(node)) return [];
  if (!isSeq(node)) {
    sheet.add(offset, `${named(path)}here stands a list (- …), not ${kindOf(node)}`);
    return [];
  }
  return node.items.map((item, index) => {
    const element = item as Node | null; // what stands in a parsed list is a node, or nothing
    return { node: element, offset: element?.range?.[0] ?? offset, path: `${path}[${index}]` };
  });
}

/** A text. */
export function textOf(value: YamlValue, sheet: ProblemSheet): string | undefined {
  const scalar = scalarOf(value);
  if (typeof scalar?.value === "string") return scalar.value;
  sheet.add(value.offset, `${named(value.path)}here stands a text, not ${kindOf(value.node)}`);
  return undefined;
}

/** One of some words. */
export function wordOf<Word extends string>(value: YamlValue, words: readonly Word[], sheet: ProblemSheet): Word | undefined {
  const given = scalarOf(value)?.source ?? String(scalarOf(value)?.value ?? "");
  const word = words.find((each) => each === given);
  if (word !== undefined) return word;
  const what = scalarOf(value) === undefined ? kindOf(value.node) : `"${given}"`;
  sheet.add(
    value.offset,
    `${named(value.path)}expected ${words.join(", ").replace(/, ([^,]*)$/, " or $1")}, got ${what}${didYouMean(given, words)}`,
  );
  return undefined;
}

/** The scalar that it is, if it is one. */
export function scalarOf({ node }: YamlValue): Scalar | undefined {
  return isScalar(node) ? node : undefined;
}

/** Whether nothing stands there at all. */
export function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? "") === "");
}

/** "labels.x: ", or nothing of the whole. */
export function named(path: string): string {
  return path === "" ? "" : `${path}: `;
}

/** In words. */
export function kindOf(node: Node | null): string {
  if (isEmpty(node)) return "nothing";
  if (isAlias(node)) return "an alias (*), which a policy does not read";
  if (isMap(node)) return "a map";
  if (isSeq(node)) return "a list";
  return isScalar(node) ? `"${node.source ?? String(node.value)}"` : "this";
}

function entryOf(pair: Pair, path: string, offset: number, sheet: ProblemSheet): YamlEntry | undefined {
  const key = pair.key as Node | null; // of a parsed map it is a node, or nothing
  const keyOffset = key?.range?.[0] ?? offset;
  if (!isScalar(key) || isEmpty(key)) {
    sheet.add(keyOffset, `${named(path)}a key is a word, not ${kindOf(key)}`);
    return undefined;
  }
  const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  const value = pair.value as Node | null;
  const end = key.range?.[1] ?? keyOffset;
  return {
    node: value,
    offset: isEmpty(value) ? end : (value?.range?.[0] ?? end),
    key: name,
    keyOffset,
    path: path === "" ? name : `${path}.${name}`,
  };
}
