/** Makers of options: what a value may be, and how its text is read. Every parser throws an Error that says what is expected. */
import { formatBytes, parseBytes } from "./bytes.ts";
import { formatDuration, parseDuration } from "./duration.ts";

/** One setting of a program. */
export interface Option<Value> {
  /** For `--help`: one line, no full stop. */
  readonly description: string;
  /** What the value looks like in `--help`, e.g. HOST:PORT. Empty for a switch that takes no value. */
  readonly placeholder: string;
  /** Value without configuration; undefined where it must be given. */
  readonly fallback: Value | undefined;
  /** How the fallback reads in `--help`. */
  readonly fallbackText: string;
  /** True when it may be given several times. */
  readonly isRepeatable: boolean;
  /** True when it may be left out although it has no fallback: the value is undefined then. */
  readonly isOptional?: boolean;
  /** Reads the texts that were given (one, unless repeatable). */
  parse(texts: readonly string[]): Value;
}

/** A host and a port. */
export interface Address {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** What most makers need: a description, and the default as a person would write it (none: it must be given). */
export interface OptionSpec {
  readonly description: string;
  readonly default?: string;
}

/** Any text. */
export function stringOption(spec: OptionSpec & { readonly placeholder?: string }): Option<string> {
  return single(spec, spec.placeholder ?? "TEXT", (text) => {
    if (text === "") throw new Error("expected a text, got nothing");
    return text;
  });
}

/** HOST:PORT; IPv6 in brackets. Port 0 asks the system for a free one. */
export function addressOption(spec: OptionSpec): Option<Address> {
  return single(spec, "HOST:PORT", parseAddress);
}

/** A time such as 500ms, 30s, 5m, 12h, 7d; the value is in milliseconds. */
export function durationOption(spec: OptionSpec & { readonly minimumMs?: number; readonly maximumMs?: number }): Option<number> {
  const { minimumMs = 0, maximumMs = Number.MAX_SAFE_INTEGER } = spec;
  return single(spec, "TIME", (text) => within(parseDuration(text), minimumMs, maximumMs, formatDuration));
}

/** A size such as 512KiB or 8MiB; the value is in bytes. */
export function bytesOption(spec: OptionSpec & { readonly minimum?: number; readonly maximum?: number }): Option<number> {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = spec;
  return single(spec, "SIZE", (text) => within(parseBytes(text), minimum, maximum, formatBytes));
}

/** A whole number. */
export function integerOption(spec: OptionSpec & { readonly minimum: number; readonly maximum: number }): Option<number> {
  return single(spec, "NUMBER", (text) => {
    if (!/^-?\d{1,15}$/.test(text)) throw new Error(`expected a whole number, got "${text}"`);
    return within(Number(text), spec.minimum, spec.maximum, String);
  });
}

/** One of some words. */
export function choiceOption<const Choice extends string>(
  spec: OptionSpec & { readonly choices: readonly Choice[] },
): Option<Choice> {
  return single(spec, spec.choices.join("|"), (text) => {
    const choice = spec.choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`expected ${spec.choices.join(", ")}, got "${text}"`);
    return choice;
  });
}

/** A switch: `--name` turns it on; elsewhere true or false. */
export function switchOption(spec: { readonly description: string }): Option<boolean> {
  return {
    ...single({ ...spec, default: "false" }, "", (text) => {
      if (text !== "true" && text !== "false") throw new Error(`expected true or false, got "${text}"`);
      return text === "true";
    }),
    fallbackText: "",
  };
}

/** Several values of another option: the flag is repeated, other sources separate them by commas. Default: none. */
export function listOption<Item>(item: Option<Item>): Option<readonly Item[]> {
  return {
    ...item,
    fallback: [],
    fallbackText: "",
    isRepeatable: true,
    parse: (texts) => texts.map((text) => item.parse([text])),
  };
}

/** An option that may be left out: undefined then. */
export function optionalOption<Value>(option: Option<Value>, fallbackText = "none"): Option<Value | undefined> {
  return { ...option, fallback: undefined, fallbackText, isOptional: true };
}

/** An option with a default that may be switched off by the word none: undefined then. */
export function noneOr<Value>(option: Option<Value>): Option<Value | undefined> {
  const { placeholder, parse } = option;
  return {
    ...option,
    placeholder: `${placeholder}|none`,
    isOptional: true,
    parse: (texts) => (texts.at(-1) === "none" ? undefined : parse(texts)),
  };
}

function single<Value>(spec: OptionSpec, placeholder: string, parse: (text: string) => Value): Option<Value> {
  return {
    description: spec.description,
    placeholder,
    fallback: spec.default === undefined ? undefined : parse(spec.default),
    fallbackText: spec.default ?? "",
    isRepeatable: false,
    parse: (texts) => parse(texts.at(-1) ?? ""),
  };
}

function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535)
    throw new Error(`expected HOST:PORT such as 127.0.0.1:7060 or [::1]:7060, got "${text}"`);
  return { host, port };
}

function within(value: number, minimum: number, maximum: number, format: (value: number) => string): number {
  if (value >= minimum && value <= maximum) return value;
  const range = maximum === Number.MAX_SAFE_INTEGER ? `${format(minimum)} or more` : `${format(minimum)} to ${format(maximum)}`;
  throw new Error(`expected ${range}, got ${format(value)}`);
}
