/** From arguments to an exit code: finds the command, reads its options, prints its result. */
import {
  AppError,
  type CommandLine,
  type ErrorCode,
  type Options,
  readCommandLine,
  type ValuesOf,
  variableOf,
  version,
} from "@nodekeeper/shared";
import { createApiClient } from "@nodekeeper/shared/api";
import { type Command, exitCodes } from "./command.ts";
import { commands } from "./commands/index.ts";
import { type CliTransport, createTransport } from "./connection/transport.ts";
import { findWay, identityAdvice, type Way } from "./connection/way.ts";
import { findCommand } from "./find-command.ts";
import { collectorOptions, commandHelp, type commonOptions, generalHelp, optionsOf, usageOf } from "./help.ts";
import { printable } from "./printable.ts";
import { createTerminal } from "./terminal.ts";

/** What the CLI needs of the process. */
export interface CliPort {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** Variables of the CLI: NODEKEEPER_CLI_COLLECTOR and so on. */
const envPrefix = "NODEKEEPER_CLI_";

/** Codes whose exit code is not that of their kind. */
const exitCodeOfCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  REQUEST_INVALID: exitCodes.usage,
  NOT_FOUND: exitCodes.notFound,
  CONFLICT: exitCodes.unavailable,
  RATE_LIMITED: exitCodes.tryLater,
  IDENTITY_UNVERIFIABLE: exitCodes.tryLater,
};

/** Runs one command line; never throws. */
export async function runCli(port: CliPort): Promise<number> {
  const [name = "help"] = port.args;
  if (name === "help" || name === "--help" || name === "-h") {
    return print(port, generalHelp(commands), port.args.length === 0 ? exitCodes.usage : exitCodes.ok);
  }
  if (name === "version" || name === "--version") return print(port, version, exitCodes.ok);
  const found = findCommand(commands, port.args);
  if (found.kind === "unknown") return complain(port, found.message, exitCodes.usage);
  if (found.kind === "group") {
    const isAsked = port.args.includes("--help") || port.args.includes("-h");
    return print(port, generalHelp(found.commands, found.name), isAsked ? exitCodes.ok : exitCodes.usage);
  }
  const { command, args } = found;
  if (args.includes("--help") || args.includes("-h")) return print(port, commandHelp(command), exitCodes.ok);
  try {
    return await runCommand(port, command, args);
  } catch (thrown) {
    const error = AppError.from(thrown);
    const text = error.code === "INTERNAL" && error.stack !== undefined ? `a bug: ${error.stack}` : error.message;
    return complain(port, text, exitCodeOf(error));
  }
}

async function runCommand(port: CliPort, command: Command, args: readonly string[]): Promise<number> {
  const env = command.isOffline === true ? withoutCollector(port.env) : port.env;
  const { values, operands } = readLine(command, args, env);
  // A command that asks a collector has its options, and every command the common ones.
  const given = values as ValuesOf<typeof collectorOptions & typeof commonOptions>;
  const way = command.isOffline === true ? undefined : await findWay(given);
  const transport = way === undefined ? nowhere : createTransport(way, given.timeout);
  const { nowMs, signal } = port;
  const context = {
    options: values,
    operands,
    api: createApiClient(transport),
    transport,
    terminal: createTerminal(port),
    nowMs,
    signal,
  };
  const result = await command.run(context).catch((thrown: unknown) => {
    throw advised(thrown, way);
  });
  return print(port, given.json ? JSON.stringify(result.json, undefined, 2) : result.text, result.exitCode);
}

/** Whoever typed it wrong is told all of it, and where to look. */
function readLine(command: Command, args: readonly string[], env: CliPort["env"]): CommandLine<Options> {
  try {
    return readCommandLine(optionsOf(command), { args, env, envPrefix }, command.operands);
  } catch (thrown) {
    const error = AppError.from(thrown);
    const { problems } = error.context;
    if (!Array.isArray(problems)) throw error;
    const usage = `usage: nodekeeper ${usageOf(command)} [flags]; \`nodekeeper ${command.name} --help\` lists the flags`;
    const [only, ...others] = problems.map(String);
    const what =
      others.length === 0 ? [only] : ["this command line has several problems:", ...problems.map((each) => `  - ${each}`)];
    const text = [...what, usage].join("\n");
    throw new AppError(error.code, text, { cause: error });
  }
}

/** Of a command that works on this machine alone. */
const nowhere: CliTransport = {
  place: "nowhere",
  send: () => Promise.reject(new AppError("INTERNAL", "this command asks no collector")),
  download: () => Promise.reject(new AppError("INTERNAL", "this command asks no collector")),
};

/** Variables about a collector mean nothing to a command that asks none. */
function withoutCollector(env: CliPort["env"]): CliPort["env"] {
  const foreign = new Set(Object.keys(collectorOptions).map((key) => variableOf(envPrefix, key)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.has(name)));
}

/** Who is not let in is told how to be. */
function advised(thrown: unknown, way: Way | undefined): AppError {
  const error = AppError.from(thrown);
  if (way === undefined || error.kind !== "identity" || error.isTransient) return error;
  return new AppError(error.code, `${error.message}.${identityAdvice(way)}`.replace(/\.\.(?= |$)/, "."), { cause: error });
}

function exitCodeOf(error: AppError): number {
  const own = exitCodeOfCode[error.code];
  if (own !== undefined) return own;
  if (error.kind === "config") return exitCodes.usage;
  if (error.kind === "identity") return exitCodes.noPermission;
  if (error.kind === "host") return exitCodes.notFound;
  return error.kind === "peer" ? exitCodes.unavailable : exitCodes.internal;
}

function print(port: CliPort, text: string, exitCode: number): number {
  port.writeOut(`${printable(text)}\n`);
  return exitCode;
}

function complain(port: CliPort, text: string, exitCode: number): number {
  port.writeError(`nodekeeper: ${printable(text)}\n`);
  return exitCode;
}
