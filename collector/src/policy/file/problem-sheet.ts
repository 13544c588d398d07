/** Everything that is wrong with a policy file, each with its place. */
import type { LineCounter } from "yaml";

/** Collects. */
export interface ProblemSheet {
  /** At so many characters from the begin of the file. */
  add(offset: number, message: string): void;
  /** "12:9". */
  placeOf(offset: number): string;
  /** In the order of the file, e.g. "policy.yaml:12:9: labels.x: there is no fact …". */
  lines(): readonly string[];
}

/** More than this nobody reads at once. */
const maximumLines = 200;
const maximumLength = 1_000;

/** An empty sheet; `source` is how a person finds the file. */
export function createProblemSheet(source: string, lineCounter: LineCounter): ProblemSheet {
  const problems: { readonly offset: number; readonly message: string }[] = [];

  function placeOf(offset: number): string {
    const { line, col } = lineCounter.linePos(offset);
    return `${Math.max(1, line)}:${Math.max(1, col)}`;
  }

  return {
    add: (offset, message) => void problems.push({ offset, message }),
    placeOf,
    lines() {
      const sorted = problems.toSorted((a, b) => a.offset - b.offset);
      const lines = [...new Set(sorted.map(({ offset, message }) => `${source}:${placeOf(offset)}: ${inOneLine(message)}`))];
      const rest = lines.length - maximumLines;
      return rest > 0 ? [...lines.slice(0, maximumLines), `${source}: and ${rest} more`] : lines;
    },
  };
}

/** A key may be a whole page. */
function inOneLine(message: string): string {
  const line = message.replaceAll(/\s*[\r\n]\s*/g, " ").trim();
  return line.length <= maximumLength ? line : `${line.slice(0, maximumLength - 1)}…`;
}
