/** The command that a service unit runs. Source: systemd.service(5), COMMAND LINES: words as in systemd.syntax(7), with signs before the program. */
import { logicalLines, quoted, splitWords } from "./unit-file.ts";

/** Program and arguments, as the last ExecStart= of the unit file and its drop-ins says them; an empty one takes back those before. */
export function unitCommand(texts: readonly string[]): readonly string[] {
  let command: readonly string[] = [];
  for (const value of texts.flatMap(commandsIn)) {
    command = value === "" ? [] : splitWords(value).words.map((word) => word.replaceAll("%%", "%"));
  }
  const [program, ...rest] = command;
  return program === undefined ? [] : [program.replace(/^[-@:+!|]+/, ""), ...rest];
}

/** ExecStart= of a text with those of its words that `keep` leaves, as text that says the same again. Other settings are left out. */
export function keepUnitCommand(text: string, keep: (words: readonly string[]) => readonly string[]): string {
  const lines = commandsIn(text).map((value) => {
    const words = value === "" ? [] : keep(unitCommand([`[Service]\nExecStart=${value}`]));
    return `ExecStart=${words.map(quoted).join(" ")}\n`;
  });
  return `[Service]\n${lines.join("")}`;
}

function commandsIn(text: string): readonly string[] {
  let section = "";
  return logicalLines(text).flatMap((line) => {
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    const value = /^ExecStart\s*=\s*(.*)$/s.exec(line)?.[1];
    return section === "Service" && value !== undefined ? [value] : [];
  });
}
