/** A list in a policy file of which each element is one of some words, each of them once. */
import type { ProblemSheet } from "./problem-sheet.ts";
import { elementsOf, wordOf, type YamlValue } from "./yaml-values.ts";

/** The good ones, in the order of the file. */
export function readWords<Word extends string>(value: YamlValue, words: readonly Word[], sheet: ProblemSheet): readonly Word[] {
  const seen = new Set<Word>();
  for (const element of elementsOf(value, sheet)) {
    const word = wordOf(element, words, sheet);
    if (word === undefined) continue;
    if (seen.has(word)) sheet.add(element.offset, `${element.path}: ${word} stands there twice`);
    seen.add(word);
  }
  return [...seen];
}
