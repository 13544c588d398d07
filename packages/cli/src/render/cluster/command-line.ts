/** A command alone on its line, never broken, so that it can be copied; and where it is typed. */
import type { Terminal } from "../../terminal.ts";

/** None for a step without one. */
export function renderCommand(terminal: Terminal, command: string): readonly string[] {
  return command === "" ? [] : [`   ${terminal.paint("strong", command)}`];
}

/** Where it is typed, where that is not plain from the command itself. */
export function placeText(command: string, on: string): string {
  return /^(kubectl|nodekeeper) /.test(command) || command === "" ? "" : ` (on ${on})`;
}
