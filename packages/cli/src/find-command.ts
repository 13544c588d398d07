/** Which command a command line means. Some names are two words (`token create`), of which the first may be a command itself (`credentials`). */
import { didYouMean } from "@nodekeeper/shared";
import type { Command } from "./command.ts";

/** What was found. */
export type Found =
  | { readonly kind: "command"; readonly command: Command; readonly args: readonly string[] }
  /** The first of two words alone. */
  | { readonly kind: "group"; readonly name: string; readonly commands: readonly Command[] }
  | { readonly kind: "unknown"; readonly message: string };

/** Finds it. */
export function findCommand(commands: readonly Command[], [first = "", second, ...rest]: readonly string[]): Found {
  const longer = second === undefined ? undefined : commands.find(({ name }) => name === `${first} ${second}`);
  if (longer !== undefined) return { kind: "command", command: longer, args: rest };
  const command = commands.find(({ name }) => name === first);
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  const isFlag = second === undefined || second.startsWith("-");
  if (command !== undefined && (isFlag || group.length === 0 || command.operands.length > 0)) {
    return { kind: "command", command, args: second === undefined ? rest : [second, ...rest] };
  }
  if (group.length === 0) return unknown(first, [...new Set(commands.flatMap(({ name }) => [name, name.split(" ")[0] ?? name]))]);
  if (isFlag) return { kind: "group", name: first, commands: group };
  return unknown(
    `${first} ${second}`,
    group.map(({ name }) => name),
  );
}

function unknown(given: string, known: readonly string[]): Found {
  return { kind: "unknown", message: `unknown command "${given}"${didYouMean(given, known)}` };
}
