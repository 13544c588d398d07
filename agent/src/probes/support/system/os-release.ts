/** os-release(5): lines of NAME=value in the form of a shell's assignments. */

/** The assignments of an os-release file by name. Lines that are none are ignored, as the manual page asks. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const assignments = text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line);
    return match === null ? [] : [[match[1] ?? "", unquote(match[2] ?? "")] as const];
  });
  return new Map(assignments);
}

function unquote(value: string): string {
  const quote = value[0];
  if (quote !== '"' && quote !== "'") return value;
  const end = value.length > 1 && value.endsWith(quote) ? -1 : undefined;
  const inside = value.slice(1, end);
  return quote === '"' ? inside.replaceAll(/\\(["\\$`])/g, "$1") : inside;
}
