/** A logger that keeps what it was told, for tests. */
import type { Logger } from "@nodekeeper/shared";

/** One line. */
export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly facts: object;
}

/** Prints nothing; `lines` holds what was logged, by children too. */
export type SilentLogger = Logger & { readonly lines: readonly LoggedLine[] };

/** A silent logger, which writes into `lines`. */
export function createSilentLogger(lines: LoggedLine[] = []): SilentLogger {
  const log =
    (level: string) =>
    (facts: object, message: string): void => {
      lines.push({ level, message, facts });
    };
  return {
    lines,
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
    fatal: log("fatal"),
    child: () => createSilentLogger(lines),
  };
}
