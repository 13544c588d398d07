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
/** Colours on a terminal unless NO_COLOR is set (no-color.org) or it is dumb; FORCE_COLOR turns them on when piped. */
export declare function createTerminal(facts: TerminalFacts): Terminal;
//# sourceMappingURL=terminal.d.ts.map
