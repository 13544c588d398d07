/** The contract of a command. */

import type { Options, ValuesOf } from "@nodekeeper/shared";
import type { ApiClient } from "@nodekeeper/shared/api";
import type { CliTransport } from "./connection/transport.ts";
import type { Terminal } from "./terminal.ts";

/** What a command may use. */
export interface CommandContext<Of extends Options> {
  readonly options: ValuesOf<Of>;
  /** Arguments that are no flags. */
  readonly operands: readonly string[];
  /** Of a command that asks no collector it leads nowhere. */
  readonly api: ApiClient;
  /** The way to the collector, for what is no JSON. */
  readonly transport: CliTransport;
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
  /** One word, or two: `token create` stands in commands/token-create.ts. */
  readonly name: string;
  /** Names of its operands, as in `node <name>`; one in square brackets may be left out, and one that ends in "…]" may stand several times. */
  readonly operands: readonly string[];
  readonly summary: string;
  readonly options: Of;
  /** True for a command that works on this machine alone: it has no options about a collector. */
  readonly isOffline?: boolean;
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
  /** Try again later: too many requests. */
  tryLater: 75,
  /** Who asks is not known, or may not. */
  noPermission: 77,
  /** A policy file has problems. */
  config: 78,
} as const;

/** Gives a command the type that the list of commands holds. */
export function defineCommand<Of extends Options>(command: Command<Of>): Command {
  return command as unknown as Command; // run() gets exactly the values of its own options, which the list's type cannot say
}
