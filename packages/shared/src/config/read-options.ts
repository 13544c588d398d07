/**
 * Reads the configuration of a program: default < environment < flag. Everything that is wrong is collected and thrown as one
 * CONFIG_INVALID, each problem with its place and, for an unknown name, the nearest known one.
 */
import { AppError } from "../errors.ts";
import { didYouMean } from "./nearest.ts";
import type { Option } from "./option.ts";

/** Options by key in camelCase. The flag is `--key-in-kebab-case`, the variable PREFIX_KEY_IN_CAPITALS. */
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
}

/** A command line: its options, and the arguments that are no flags. */
export interface CommandLine<Of extends Options> {
  readonly values: ValuesOf<Of>;
  readonly operands: readonly string[];
}

/** What options say against each other, each in words; a value that could not be read is undefined. */
export type Contradictions<Of extends Options> = (values: Partial<ValuesOf<Of>>) => readonly string[];

/** Reads all options; throws AppError CONFIG_INVALID that lists every problem, contradictions too. */
export function readOptions<Of extends Options>(
  options: Of,
  sources: Sources,
  contradictions: Contradictions<Of> = () => [],
): ValuesOf<Of> {
  return readCommandLine(options, sources, [], contradictions).values;
}

/**
 * Reads options and operands; `operandNames` in square brackets may be left out, and the last may stand several times where it ends in "…]". Throws as
 * readOptions does.
 */
export function readCommandLine<Of extends Options>(
  options: Of,
  sources: Sources,
  operandNames: readonly string[],
  contradictions: Contradictions<Of> = () => [],
): CommandLine<Of> {
  const problems: string[] = [];
  const given = new Map<string, Given>();
  for (const [key, value] of fromEnvironment(options, sources, problems)) given.set(key, value);
  const flags = fromFlags(options, sources.args, problems);
  for (const [key, value] of flags.found) given.set(key, value);
  checkOperands(flags.operands, operandNames, problems);
  const values: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(options)) {
    const source = given.get(key);
    if (source !== undefined) values[key] = parse(option, source, problems);
    else if (option.fallback !== undefined || option.isOptional === true) values[key] = option.fallback;
    else problems.push(`${flagOf(key)} is missing: ${option.description}`);
  }
  // Those that could be read were parsed by their own option.
  problems.push(...contradictions(values as Partial<ValuesOf<Of>>));
  if (problems.length > 0) throw new AppError("CONFIG_INVALID", renderProblems(problems), { context: { problems } });
  // Each key was parsed by its own option just above.
  return { values: values as ValuesOf<Of>, operands: flags.operands };
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
  /** As a person would find it: a flag or a variable. */
  readonly place: string;
  readonly texts: readonly string[];
}

/** What CONFIG_INVALID says of these problems. */
export function renderProblems(problems: readonly string[]): string {
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

function checkOperands(operands: readonly string[], names: readonly string[], problems: string[]): void {
  const isAnyNumber = names.at(-1)?.endsWith("…]") === true;
  for (const operand of isAnyNumber ? [] : operands.slice(names.length)) problems.push(`unexpected argument "${operand}"`);
  for (const name of names.slice(operands.length)) if (!name.startsWith("[")) problems.push(`<${name}> is missing`);
}

interface Flags {
  readonly found: ReadonlyMap<string, Given>;
  readonly operands: readonly string[];
}

function fromFlags(options: Options, args: readonly string[], problems: string[]): Flags {
  const keys = new Map(Object.keys(options).map((key) => [flagOf(key), key]));
  const found = new Map<string, Given>();
  const operands: string[] = [];
  const rest = [...args];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (!argument.startsWith("-") || argument === "-") {
      operands.push(argument);
      continue;
    }
    const [flag = "", ...inline] = argument.split("=");
    const key = keys.get(flag);
    const option = key === undefined ? undefined : options[key];
    if (key === undefined || option === undefined) {
      problems.push(`unknown flag ${flag}${didYouMean(flag, [...keys.keys()])}`);
      if (inline.length === 0 && rest[0] !== undefined && !rest[0].startsWith("-")) rest.shift(); // it was meant as the value
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
  return { found, operands };
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

function splitList(text: string): readonly string[] {
  return text === "" ? [] : text.split(",").map((item) => item.trim());
}
