/** Small changes of a text, each of one field: what a different machine, or a broken one, would have written. */

/** One changed text. */
export interface Mutation {
  /** What was changed, for people. */
  readonly what: string;
  /** The line that was changed; empty where the whole text was. */
  readonly line: string;
  /** Which word of the line, from 0; -1 where the whole text was changed. */
  readonly word: number;
  readonly text: string;
}

/** Every number one higher, every word longer, and nothing at all. A text without letters and digits has only the last. */
export function mutationsOf(text: string): readonly Mutation[] {
  const fields = text.split("\n").flatMap((line, index) => mutationsOfLine(text.split("\n"), line, index));
  return text === "" ? fields : [...fields, { what: "emptied", line: "", word: -1, text: "" }];
}

/** A number keeps its width where it can, as kernels print hexadecimal words; a word gets a letter more. */
function changed(atom: string): string {
  if (!/^\d/.test(atom)) return `${atom}x`;
  const [, whole = "", fraction = ""] = /^(\d+)((?:\.\d+)?)$/.exec(atom) ?? [];
  return String(BigInt(whole) + 1n).padStart(whole.length, "0") + fraction;
}

function mutationsOfLine(lines: readonly string[], line: string, index: number): readonly Mutation[] {
  return [...line.matchAll(/\d+(?:\.\d+)?|[A-Za-z]+/g)].map((match) => {
    const [atom] = match;
    const mutated = line.slice(0, match.index) + changed(atom) + line.slice(match.index + atom.length);
    return {
      what: `${atom} → ${changed(atom)}`,
      line,
      word: wordAt(line, match.index),
      text: [...lines.slice(0, index), mutated, ...lines.slice(index + 1)].join("\n"),
    };
  });
}

function wordAt(line: string, position: number): number {
  return [...line.slice(0, position).matchAll(/\S+/g)].length - (/\S$/.test(line.slice(0, position)) ? 1 : 0);
}
