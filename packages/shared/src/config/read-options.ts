/**
 * Reads the configuration of a program: default < file < environment < flag. Everything that is wrong is collected and thrown as one
 * CONFIG_INVALID, each problem with its place and, for an unknown name, the nearest known one.
 */
import { AppError } from "../errors.ts";
import { didYouMean } from "./nearest.ts";
import type { Option } from "./option.ts";

/** Options by key in camelCase. The flag is `--key-in-kebab-case`, the variable PREFIX_KEY_IN_CAPITALS, the key of the file the key itself. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values that were read. */
export type ValuesOf<Of extends Options> = { readonly [Key in keyof Of]: Of[Key] extends Option<infer Value> ? Value : never };

/** Where configuration comes from. */
export interface Sources {
  /** Arguments after the command, without program and script. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** e.g. NODEKEEPER_AGENT_. Every variable that begins with it must be known. */
  readonly envPrefix: string;
  /** A configuration file that has been parsed already. */
  readonly file?: { readonly path: string; readonly content: unknown };
}

/** Reads all options; throws AppError CONFIG_INVALID that lists every problem. */
export function readOptions<Of extends Options>(options: Of, sources: Sources): ValuesOf<Of> {
  const problems: string[] = [];
  const given = new Map<string, Given>();
  for (const [key, value] of fromFile(options, sources, problems)) given.set(key, value);
  for (const [key, value] of fromEnvironment(options, sources, problems)) given.set(key, value);
  for (const [key, value] of fromFlags(options, sources.args, problems)) given.set(key, value);
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(options)) {
    const source = given.get(key);
    if (source !== undefined) values[key] = parse(option, source, problems);
    else if (option.fallback !== undefined) values[key] = option.fallback;
    else problems.push(`${flagOf(key)} is missing: ${option.description}`);
  }
  if (problems.length > 0) throw new AppError("CONFIG_INVALID", renderProblems(problems), { context: { problems } });
  return values as ValuesOf<Of>; // each key was parsed by its own option just above
}

/** The flag of a key: dataDir → --data-dir. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The variable of a key: dataDir → PREFIX_DATA_DIR. */
export function variableOf(envPrefix: string, key: string): string {
  return envPrefix + key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

interface Given {
  /** As a person would find it: a flag, a variable, a file and key. */
  readonly place: string;
  readonly texts: readonly string[];
}

function renderProblems(problems: readonly string[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `the configuration has ${count}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`;
}

function parse(option: Option<unknown>, given: Given, problems: string[]): unknown {
  try {
    return option.parse(given.texts);
  } catch (thrown) {
    problems.push(`${given.place}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    return undefined;
  }
}

function fromFlags(options: Options, args: readonly string[], problems: string[]): Map<string, Given> {
  const keys = new Map(Object.keys(options).map((key) => [flagOf(key), key]));
  const found = new Map<string, Given>();
  const rest = [...args];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    const [flag = "", ...inline] = argument.split("=");
    const key = keys.get(flag);
    const option = key === undefined ? undefined : options[key];
    if (key === undefined || option === undefined) {
      problems.push(
        argument.startsWith("-")
          ? `unknown flag ${flag}${didYouMean(flag, [...keys.keys()])}`
          : `unexpected argument "${argument}"`,
      );
      if (argument.startsWith("-") && inline.length === 0 && rest[0] !== undefined && !rest[0].startsWith("-")) rest.shift();
      continue;
    }
    const isSwitch = option.placeholder === "";
    const text = inline.length > 0 ? inline.join("=") : isSwitch ? "true" : rest.shift();
    if (text === undefined) {
      problems.push(`${flag} needs a value: ${option.placeholder}`);
      continue;
    }
    const texts = option.isRepeatable ? [...(found.get(key)?.texts ?? []), text] : [text];
    found.set(key, { place: flag, texts });
  }
  return found;
}

function fromEnvironment(options: Options, sources: Sources, problems: string[]): Map<string, Given> {
  const keys = new Map(Object.keys(options).map((key) => [variableOf(sources.envPrefix, key), key]));
  const found = new Map<string, Given>();
  for (const [variable, text] of Object.entries(sources.env)) {
    if (!variable.startsWith(sources.envPrefix) || text === undefined) continue;
    const key = keys.get(variable);
    if (key === undefined) problems.push(`unknown environment variable ${variable}${didYouMean(variable, [...keys.keys()])}`);
    else found.set(key, { place: variable, texts: options[key]?.isRepeatable ? splitList(text) : [text] });
  }
  return found;
}

function fromFile(options: Options, sources: Sources, problems: string[]): Map<string, Given> {
  const found = new Map<string, Given>();
  if (sources.file === undefined) return found;
  const { path, content } = sources.file;
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    problems.push(
      `${path}: expected keys and values, got ${content === null ? "nothing" : Array.isArray(content) ? "a list" : typeof content}`,
    );
    return found;
  }
  for (const [key, value] of Object.entries(content)) {
    const place = `${path}: ${key}`;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!Object.hasOwn(options, key)) problems.push(`${path}: unknown key "${key}"${didYouMean(key, Object.keys(options))}`);
    else if (values.some((item) => typeof item === "object")) problems.push(`${place}: expected a plain value`);
    else if (values.length > 1 && !options[key]?.isRepeatable)
      problems.push(`${place}: expected one value, got ${values.length}`);
    else found.set(key, { place, texts: values.map(String) });
  }
  return found;
}

function splitList(text: string): readonly string[] {
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}
