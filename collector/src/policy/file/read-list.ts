/** A list of texts in a policy file, each of them once. */
import type { ProblemSheet } from "./problem-sheet.ts";
import { elementsOf, textOf, type YamlValue } from "./yaml-values.ts";

/** What its elements may be. */
export interface ListForm {
  /** So many there may be. */
  readonly maximum: number;
  /** Why a text cannot stand there; undefined: it can. */
  problemOf(text: string): string | undefined;
}

/** The good ones, in the order of the file. */
export function readList(value: YamlValue, { maximum, problemOf }: ListForm, sheet: ProblemSheet): readonly string[] {
  const elements = elementsOf(value, sheet);
  if (elements.length > maximum) sheet.add(value.offset, `${value.path}: there are more than ${maximum}`);
  const seen = new Set<string>();
  for (const element of elements.slice(0, maximum)) {
    const text = textOf(element, sheet);
    if (text === undefined) continue;
    const problem = seen.has(text) ? `${text} stands there twice` : problemOf(text);
    if (problem === undefined) seen.add(text);
    else sheet.add(element.offset, `${element.path}: ${problem}`);
  }
  return [...seen];
}
