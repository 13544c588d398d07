/**
 * Unit files of systemd, as far as they say which environment a service gets. Source: systemd.syntax(7), systemd.exec(5): settings stand in
 * sections, a backslash at the end of a line joins it with the next, words may be quoted and escaped, an empty value takes back what was said.
 */

/** What the files of one unit say together, in the order in which systemd reads them. */
export interface UnitEnvironment {
  readonly variables: ReadonlyMap<string, string>;
  /** Files with more variables: these win over `variables`. */
  readonly files: readonly EnvironmentFile[];
  /** Variables that are taken away at the end. */
  readonly removed: readonly string[];
  /** Path of the program that is started, without its arguments; empty where it is not said. */
  readonly program: string;
  /** False where something stands there that only the running systemd knows (a specifier such as %h), or that cannot be understood. */
  readonly isCertain: boolean;
}

/** A file named by EnvironmentFile=. */
export interface EnvironmentFile {
  readonly path: string;
  /** Whether it may be missing: written with a "-" before it. */
  readonly isOptional: boolean;
}

/** What the unit file and its drop-ins give the service. */
export function unitEnvironment(texts: readonly string[]): UnitEnvironment {
  const variables = new Map<string, string>();
  let files: EnvironmentFile[] = [];
  let removed: string[] = [];
  let program = "";
  let isCertain = true;
  for (const { name, value } of texts.flatMap(serviceSettings)) {
    const { words, isWhole } = name === "ExecStart" ? { words: [], isWhole: true } : splitWords(value);
    if (!isWhole) isCertain = false;
    switch (name) {
      case "Environment":
        if (value === "") variables.clear();
        for (const word of words) if (!assign(variables, word)) isCertain = false;
        break;
      case "EnvironmentFile":
        if (value === "") files = [];
        else files.push({ path: value.replace(/^-/, ""), isOptional: value.startsWith("-") });
        if (/[*?[%]/.test(value)) isCertain = false; // a pattern of names, or a specifier
        break;
      case "UnsetEnvironment":
        removed = value === "" ? [] : [...removed, ...words];
        break;
      case "PassEnvironment":
        isCertain = false; // only systemd knows its own variables
        break;
      case "ExecStart":
        program = programIn(value);
        break;
    }
  }
  return { variables, files, removed, program, isCertain };
}

/**
 * The settings of [Service] that say something of the environment, as text that says the same again; of the variables only those that are
 * wanted, of the command only its program. What else a unit file holds is not ours to know.
 */
export function keepUnitEnvironment(text: string, isWanted: (name: string) => boolean): string {
  const lines = serviceSettings(text).flatMap(({ name, value }) => {
    if (name === "ExecStart") return [`${name}=${programIn(value)}`];
    if (!/^(?:Unset)?Environment$/.test(name) || value === "") return [`${name}=${value}`];
    const { words, isWhole } = splitWords(value);
    // What is taken away may be a name alone, or a name with the value that it must have.
    const kept = words.filter((word) => isWanted(nameOf(word) || word)).map(quoted);
    // An open quote keeps saying that something was not understood.
    return kept.length > 0 || !isWhole ? [`${name}=${[...kept, ...(isWhole ? [] : ['"'])].join(" ")}`] : [];
  });
  return ["[Service]", ...lines, ""].join("\n");
}

interface Setting {
  readonly name: string;
  readonly value: string;
}

const environmentSettings: readonly string[] = [
  "Environment",
  "EnvironmentFile",
  "UnsetEnvironment",
  "PassEnvironment",
  "ExecStart",
];

function serviceSettings(text: string): readonly Setting[] {
  let section = "";
  return logicalLines(text).flatMap((line) => {
    const header = /^\[(.*)\]$/.exec(line);
    if (header !== null) section = header[1] ?? "";
    const [, name = "", value = ""] = /^([A-Za-z]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (section !== "Service" || !environmentSettings.includes(name)) return [];
    return [{ name, value: name === "EnvironmentFile" ? withoutBackslash(value) : value }];
  });
}

/** Lines as systemd joins them; comments between joined lines are left out. */
export function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    const joined = open === undefined ? line : `${open} ${line}`;
    open = joined.endsWith("\\") ? joined.slice(0, -1) : undefined;
    if (open === undefined) lines.push(joined.trim());
  }
  if (open !== undefined) lines.push(open.trim());
  return lines.filter((line) => line !== "");
}

/** The words of a value without quotes and escapes. Not whole where a quote stays open or an escape is none: systemd ignores the rest too. */
export function splitWords(value: string): { readonly words: readonly string[]; readonly isWhole: boolean } {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === "\\") {
      const escaped = escapeAt(value, at);
      if (escaped === undefined) return { words, isWhole: false };
      word = (word ?? "") + escaped.text;
      at += escaped.length - 1;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") return { words, isWhole: false };
  return { words: word === undefined ? words : [...words, word], isWhole: true };
}

const simpleEscapes: ReadonlyMap<string, string> = new Map(
  Object.entries({ a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", s: " ", "\\": "\\", '"': '"', "'": "'" }),
);

/** The escape that begins at a backslash; undefined where it is none. */
function escapeAt(value: string, at: number): { readonly text: string; readonly length: number } | undefined {
  const simple = simpleEscapes.get(value.charAt(at + 1));
  if (simple !== undefined) return { text: simple, length: 2 };
  const [whole = "", , hexadecimal, octal] = /^\\(x([0-9A-Fa-f]{2})|([0-3][0-7]{2}))/.exec(value.slice(at, at + 4)) ?? [];
  if (whole === "") return undefined;
  return {
    text: String.fromCharCode(hexadecimal === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(hexadecimal, 16)),
    length: 4,
  };
}

/** No path ends in one; and written down again it would take the next line along. */
function withoutBackslash(path: string): string {
  return path.replace(/[\\\s]+$/, "");
}

/** The first word of a command line, without the signs before it that say how it is run. */
function programIn(value: string): string {
  return withoutBackslash(/^[-@:+!|]*"?([^\s"]*)/.exec(value)?.[1] ?? "");
}

/** False where systemd would put something in the place of a specifier. */
function assign(variables: Map<string, string>, word: string): boolean {
  const name = nameOf(word);
  if (!variableName.test(name)) return true; // systemd ignores it as well
  const value = word.slice(name.length + 1);
  variables.set(name, value.replaceAll("%%", "%"));
  return !/%[^%]/.test(value.replaceAll("%%", ""));
}

/** The part of an assignment before its first "="; empty where there is none. */
function nameOf(word: string): string {
  return word.slice(0, Math.max(0, word.indexOf("=")));
}

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A word as it may stand in a value, whatever is in it. */
export function quoted(word: string): string {
  const escaped = word.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `"${escaped}"`;
}
