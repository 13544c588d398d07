/** The contract of a command. */

import type { Options, ValuesOf } from "@nodekeeper/shared";
import type { ApiClient } from "@nodekeeper/shared/api";
import type { Terminal } from "./terminal.ts";

/** What a command may use. */
export interface CommandContext<Of extends Options> {
  readonly options: ValuesOf<Of>;
  /** Arguments that are no flags. */
  readonly operands: readonly string[];
  readonly api: ApiClient;
  readonly terminal: Terminal;
  /** ms since 1970. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** How a command ended. */
export interface CommandResult {
  /** What `--json` prints. */
  readonly json: unknown;
  /** What people read, without a newline at the end. */
  readonly text: string;
  readonly exitCode: number;
}

/** A command. */
export interface Command<Of extends Options = Options> {
  readonly name: string;
  /** Names of its operands, as in `node <name>`. */
  readonly operands: readonly string[];
  readonly summary: string;
  readonly options: Of;
  run(context: CommandContext<Of>): Promise<CommandResult>;
}

/** Exit codes, for scripts; the larger ones are those of sysexits.h. */
export const exitCodes = {
  /** Asked, and all is well. */
  ok: 0,
  /** Asked, and something needs attention: a finding fires, a node is not ok, something could not be told. */
  attention: 1,
  /** The command line is wrong. */
  usage: 64,
  /** There is no such node, or no host where one was named. */
  notFound: 66,
  /** The collector could not be reached, or refused. */
  unavailable: 69,
  /** A bug. */
  internal: 70,
} as const;

/** Gives a command the type that the list of commands holds. */
export function defineCommand<Of extends Options>(command: Command<Of>): Command {
  return command as unknown as Command; // run() gets exactly the values of its own options, which the list's type cannot say
}
