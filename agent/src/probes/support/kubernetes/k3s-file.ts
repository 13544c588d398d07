/**
 * Options in a configuration file of K3s, which is YAML. Only the form that such files have is read: keys of the document's own level, with a
 * plain or quoted value, or a list of them. A value in any other form (an anchor, a block of text) says nothing to us.
 */
import { type K3sOption, k3sOptionKey, keepValue } from "./k3s-options.ts";

/** The options in the order of the file. */
export function fileOptions(text: string): readonly K3sOption[] {
  const found: K3sOption[] = [];
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const [, , name = "", plus, rest = ""] = /^(["']?)([a-z][a-z-]*)(\+?)\1[ \t]*:(?:[ \t]+(.*)|[ \t]*)$/.exec(line) ?? [];
    // A short name in a file is none: it stands for the same option only on the command line.
    const key = name.length > 1 ? k3sOptionKey(name) : undefined;
    if (key === undefined) continue;
    const values = valuesOf(rest, lines.slice(index + 1));
    for (const value of values) found.push({ key, value, ...(plus === "+" && { isAdded: true }) });
  }
  return found;
}

/** The options as a file that says the same again, and nothing else. */
export function keepFileOptions(text: string): string {
  const lists = Map.groupBy(fileOptions(text), ({ key, isAdded }) => (isAdded === true ? `${key}+` : key));
  return [...lists]
    .map(
      ([name, options]) =>
        `${name}:\n${options.map(({ key, value }) => `  - ${JSON.stringify(keepValue(key, value))}\n`).join("")}`,
    )
    .join("");
}

function valuesOf(rest: string, following: readonly string[]): readonly string[] {
  if (rest.startsWith("[")) return (/^\[(.*)\]/.exec(rest)?.[1] ?? "").split(",").flatMap((item) => scalar(item.trim()));
  if (withoutComment(rest) !== "") return scalar(rest);
  const values: string[] = [];
  for (const line of following) {
    if (/^[ \t]*(?:#.*)?$/.test(line)) continue;
    const item = /^[ \t]*-[ \t]+(.*)$/.exec(line)?.[1];
    if (item === undefined) break;
    values.push(...scalar(item));
  }
  return values;
}

/** One value; none where it is in another form. */
function scalar(text: string): readonly string[] {
  const [, single, double] = /^(?:'((?:[^']|'')*)'|("(?:[^"\\]|\\.)*"))[ \t]*(?:#.*)?$/.exec(text) ?? [];
  if (single !== undefined) return [single.replaceAll("''", "'")];
  if (double !== undefined) return unescaped(double);
  const plain = withoutComment(text);
  return plain === "" || /^[&*!|>{}[\]"'%@`]/.test(plain) ? [] : [plain];
}

/** The escapes that both YAML and JSON know. */
function unescaped(quoted: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? [value] : [];
  } catch {
    return []; // an escape that only YAML knows: no name or address has one
  }
}

function withoutComment(text: string): string {
  return text.replace(/(?:^|[ \t])#.*$/, "").trim();
}
