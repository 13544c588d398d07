/** What `--help` says. */
import { durationOption, type Option, type Options, optionsHelp, switchOption, version } from "@nodekeeper/shared";
import type { Command } from "./command.ts";
import { type ConnectionOptions, connectionOptions } from "./connection/way.ts";

/** Every command has these. */
export const commonOptions: Readonly<Record<"json" | "help", Option<boolean>>> = {
  json: switchOption({ description: "print JSON, for programs" }),
  help: switchOption({ description: "show this" }),
};

/** Every command that asks a collector has these. */
export const collectorOptions: ConnectionOptions & { readonly timeout: Option<number> } = {
  ...connectionOptions,
  timeout: durationOption({ description: "how long to wait for the collector", default: "10s", minimumMs: 1 }),
};

/** All options of a command. */
export function optionsOf(command: Command): Options {
  return { ...command.options, ...(command.isOffline === true ? {} : collectorOptions), ...commonOptions };
}

/** All commands, or those of a group. */
export function generalHelp(commands: readonly Command[], group?: string): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length)) + 2;
  const lines = commands.map((command) => `  ${usageOf(command).padEnd(width)}${command.summary}`);
  return [
    `nodekeeper ${version}: keeps the nodes of a cluster known, labelled and used well`,
    "",
    `usage: nodekeeper ${group === undefined ? "<command>" : `${group} <command>`} [flags]`,
    "",
    ...lines,
    "",
    optionsHelp({ ...collectorOptions, ...commonOptions }),
  ].join("\n");
}

/** One command. */
export function commandHelp(command: Command): string {
  return [`nodekeeper ${usageOf(command)}: ${command.summary}`, "", optionsHelp(optionsOf(command))].join("\n");
}

/** Its name and operands, e.g. "findings [node]". */
export function usageOf({ name, operands }: Command): string {
  return [name, ...operands.map((operand) => (operand.startsWith("[") ? operand : `<${operand}>`))].join(" ");
}
