/** From arguments to an exit code: finds the command, reads its options, prints its result. */
import {
  AppError,
  defaultAddresses,
  didYouMean,
  durationOption,
  type Options,
  optionsHelp,
  readCommandLine,
  stringOption,
  switchOption,
  version,
} from "@nodekeeper/shared";
import { createApiClient } from "@nodekeeper/shared/api";
import { type Command, exitCodes } from "./command.ts";
import { commands } from "./commands/index.ts";
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

/** Every command has these. */
const commonOptions = {
  json: switchOption({ description: "print JSON, for programs" }),
  collector: stringOption({
    description: "the collector's address",
    placeholder: "URL",
    default: `http://${defaultAddresses.collectorHttp}`,
  }),
  timeout: durationOption({ description: "how long to wait for the collector", default: "10s", minimumMs: 1 }),
  help: switchOption({ description: "show this" }),
} as const;

/** Variables of the CLI: NODEKEEPER_CLI_COLLECTOR and so on. */
const envPrefix = "NODEKEEPER_CLI_";

/** Runs one command line; never throws. */
export async function runCli(port: CliPort): Promise<number> {
  const [name = "help", ...rest] = port.args;
  if (name === "help" || name === "--help" || name === "-h")
    return print(port, generalHelp(), port.args.length === 0 ? exitCodes.usage : exitCodes.ok);
  if (name === "version" || name === "--version") return print(port, version, exitCodes.ok);
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined)
    return complain(
      port,
      `unknown command "${name}"${didYouMean(
        name,
        commands.map((known) => known.name),
      )}`,
      exitCodes.usage,
    );
  if (rest.includes("--help") || rest.includes("-h")) return print(port, commandHelp(command), exitCodes.ok);
  try {
    return await runCommand(port, command, rest);
  } catch (thrown) {
    const error = AppError.from(thrown);
    return complain(
      port,
      error.code === "INTERNAL" && error.stack !== undefined ? `a bug: ${error.stack}` : error.message,
      exitCodeOf(error),
    );
  }
}

async function runCommand(port: CliPort, command: Command, args: readonly string[]): Promise<number> {
  const options = { ...command.options, ...commonOptions } satisfies Options;
  const { values, operands } = readCommandLine(options, { args, env: port.env, envPrefix }, command.operands);
  const result = await command.run({
    options: values,
    operands,
    api: createApiClient(baseUrl(values.collector), values.timeout),
    terminal: createTerminal(port),
    nowMs: port.nowMs,
    signal: port.signal,
  });
  return print(port, values.json ? JSON.stringify(result.json, undefined, 2) : result.text, result.exitCode);
}

function baseUrl(text: string): URL {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  throw new AppError(
    "CONFIG_INVALID",
    `--collector: expected a URL such as http://${defaultAddresses.collectorHttp}, got "${text}"`,
  );
}

function exitCodeOf(error: AppError): number {
  if (error.kind === "config" || error.code === "REQUEST_INVALID") return exitCodes.usage;
  if (error.kind === "host" || error.code === "NOT_FOUND") return exitCodes.notFound;
  return error.kind === "peer" ? exitCodes.unavailable : exitCodes.internal;
}

function print(port: CliPort, text: string, exitCode: number): number {
  port.writeOut(`${text}\n`);
  return exitCode;
}

function complain(port: CliPort, text: string, exitCode: number): number {
  port.writeError(`nodekeeper: ${text}\n`);
  return exitCode;
}

function usageOf(command: Command): string {
  return [command.name, ...command.operands.map((operand) => (operand.startsWith("[") ? operand : `<${operand}>`))].join(" ");
}

function generalHelp(): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length)) + 2;
  const lines = commands.map((command) => `  ${usageOf(command).padEnd(width)}${command.summary}`);
  return [
    `nodekeeper ${version}: keeps the nodes of a cluster known, labelled and used well`,
    "",
    "usage: nodekeeper <command> [flags]",
    "",
    ...lines,
    "",
    optionsHelp(commonOptions),
  ].join("\n");
}

function commandHelp(command: Command): string {
  return [`nodekeeper ${usageOf(command)}: ${command.summary}`, "", optionsHelp({ ...command.options, ...commonOptions })].join(
    "\n",
  );
}
