/** All commands of the program. */
import type { Command } from "./command.ts";
import { restoreCommand } from "./restore.ts";
import { salvageCommand } from "./salvage.ts";

/** In the order of the help. */
export const commands: readonly Command[] = [restoreCommand, salvageCommand];

/** The part of `collector --help` about them. */
export function commandsHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  collector ${name.padEnd(width)}  ${summary}`);
  return ["Commands (each has --help):", ...lines].join("\n");
}
