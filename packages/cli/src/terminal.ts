/** What the CLI knows of where it prints: colours and width. Plain where it is piped. */

/** A colour by meaning. */
export type Tone = "good" | "warning" | "bad" | "quiet" | "strong" | "plain";

/** Where output goes. */
export interface Terminal {
  /** Columns; unlimited where it is piped. */
  readonly width: number;
  /** Wraps text in a colour, or leaves it as it is. */
  paint(tone: Tone, text: string): string;
}

/** What the terminal is made from. */
export interface TerminalFacts {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const usualWidth = 80;
const codes: Readonly<Record<Tone, string>> = { good: "32", warning: "33", bad: "31", quiet: "2", strong: "1", plain: "" };

/** Colours on a terminal unless NO_COLOR is set (no-color.org) or it is dumb; FORCE_COLOR turns them on when piped. */
export function createTerminal(facts: TerminalFacts): Terminal {
  const { isTerminal, columns, env } = facts;
  const isForced = (env["FORCE_COLOR"] ?? "") !== "" && env["FORCE_COLOR"] !== "0";
  const isForbidden = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const hasColours = isForced || (isTerminal && !isForbidden);
  return {
    width: isTerminal ? columns || usualWidth : Number.POSITIVE_INFINITY, // a terminal may say 0
    paint: (tone, text) => (hasColours && codes[tone] !== "" && text !== "" ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text),
  };
}
