/**
 * Files that EnvironmentFile= names. Source: systemd.exec(5): NAME=value a line, comments with # and ;, quotes as in a shell, in which a value
 * may go over several lines; a backslash at the end of a line joins it with the next.
 */

/** Its variables; the last assignment of a name counts. Lines that are none are ignored, as systemd does. */
export function environmentFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const { name, value } of assignmentsIn(text)) variables.set(name, value);
  return variables;
}

/** The wanted variables as text that says the same again. */
export function keepEnvironmentFile(text: string, isWanted: (name: string) => boolean): string {
  return [...environmentFile(text)]
    .filter(([name]) => isWanted(name))
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\`$]/g, "\\$&")}"\n`)
    .join("");
}

interface Assignment {
  readonly name: string;
  readonly value: string;
}

const assignmentStart = /[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/y;

function assignmentsIn(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  for (let at = 0; at < text.length; ) {
    assignmentStart.lastIndex = at;
    const start = assignmentStart.exec(text);
    if (start === null) {
      at = lineEnd(text, at) + 1;
      continue;
    }
    const { value, end } = valueAt(text, assignmentStart.lastIndex);
    found.push({ name: start[1] ?? "", value });
    at = end + 1;
  }
  return found;
}

/** The value that begins at a place, and where its last line ends. */
function valueAt(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  /** Spaces outside of quotes count only before something. */
  let pending = "";
  let quote = "";
  let at = start;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === "" && character === "\n") break;
    if (quote === "" && /[ \t\r]/.test(character)) {
      pending += character;
      continue;
    }
    if (quote === "" || character !== quote) {
      value += pending;
      pending = "";
    }
    if (character === "\\" && quote !== "'") {
      if (next === "\n") at++;
      else if (quote === "" || /["\\`$]/.test(next)) {
        value += next;
        at++;
      } else value += character;
    } else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = "";
    else value += character;
  }
  return { value, end: at };
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}
