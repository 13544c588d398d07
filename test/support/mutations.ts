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

/**
 * Every number one higher, every word longer, and nothing at all. A text without letters and digits has only the last. Of a text with more than
 * `maximum` numbers and words so many are changed, evenly spread.
 */
export function mutationsOf(text: string, maximum: number = Number.POSITIVE_INFINITY): readonly Mutation[] {
  const lines = text.split("\n");
  const atoms = lines.flatMap((line, index) =>
    [...line.matchAll(/\d+(?:\.\d+)?|[A-Za-z]+/g)].map((match): Atom => ({ index, at: match.index, text: match[0] })),
  );
  const step = Math.max(1, atoms.length / maximum);
  const chosen = atoms.filter((_, place) => Math.floor(place / step) !== Math.floor((place - 1) / step));
  const fields = chosen.map((atom) => mutationOf(lines, atom));
  return text === "" ? fields : [...fields, { what: "emptied", line: "", word: -1, text: "" }];
}

/** A number or a word, and where it stands. */
interface Atom {
  readonly index: number;
  readonly at: number;
  readonly text: string;
}

/** A number keeps its width where it can, as kernels print hexadecimal words; a word gets a letter more. */
function changed(atom: string): string {
  if (!/^\d/.test(atom)) return `${atom}x`;
  const [, whole = "", fraction = ""] = /^(\d+)((?:\.\d+)?)$/.exec(atom) ?? [];
  return String(BigInt(whole) + 1n).padStart(whole.length, "0") + fraction;
}

function mutationOf(lines: readonly string[], { index, at, text: atom }: Atom): Mutation {
  const line = lines[index] ?? "";
  const mutated = line.slice(0, at) + changed(atom) + line.slice(at + atom.length);
  return {
    what: `${atom} → ${changed(atom)}`,
    line,
    word: wordAt(line, at),
    text: [...lines.slice(0, index), mutated, ...lines.slice(index + 1)].join("\n"),
  };
}

function wordAt(line: string, position: number): number {
  return [...line.slice(0, position).matchAll(/\S+/g)].length - (/\S$/.test(line.slice(0, position)) ? 1 : 0);
}
