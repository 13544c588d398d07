/**
 * What a model gave, as the tool's schema has it. A query holds texts only, and Open WebUI writes Python's: True, None; models write "8" where a number is
 * meant. What is not known is not looked at: Open WebUI sends all that it has.
 */
import { didYouMean } from "@nodekeeper/shared";
import type { Static, TObject } from "typebox";
import { requestInvalid } from "../../problem/validation.ts";
import type { Tool } from "./tool.ts";

/** What the schema of a parameter may say. */
export interface ParameterSchema {
  readonly type: "string" | "number" | "integer" | "boolean";
  readonly description: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

type Read = { readonly value: string | number | boolean } | { readonly problem: string };

const yes: ReadonlySet<string> = new Set(["true", "1", "yes", "on"]);
const no: ReadonlySet<string> = new Set(["false", "0", "no", "off"]);
/** How Python and JavaScript write that there is nothing. */
const nothing: ReadonlySet<string> = new Set(["", "None", "null", "undefined"]);

/** The parameters of a tool with what each must be. */
export function parametersOf({ parameters }: Pick<Tool, "parameters">): readonly (readonly [string, ParameterSchema])[] {
  // Every tool's parameters are of these few kinds, which a test holds.
  return Object.entries(parameters.properties) as unknown as readonly (readonly [string, ParameterSchema])[];
}

/** Reads them; throws REQUEST_INVALID with all that is wrong. */
export function readParameters<Parameters extends TObject>(
  tool: Pick<Tool<Parameters>, "parameters">,
  raw: Readonly<Record<string, unknown>>,
): Static<Parameters> {
  const problems: string[] = [];
  const given: Record<string, unknown> = {};
  const required = new Set<string>(tool.parameters.required);
  for (const [name, schema] of parametersOf(tool)) {
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (isNothing(value)) {
      if (required.has(name)) problems.push(`parameter "${name}" is missing: ${schema.description.replace(/\.$/, "")}`);
      continue;
    }
    const read = readValue(value, schema);
    if ("value" in read) given[name] = read.value;
    else problems.push(`parameter "${name}": ${read.problem}`);
  }
  if (problems.length > 0) throw requestInvalid(problems);
  return given as Static<Parameters>; // each was read by its own schema, and those that must be are there
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && nothing.has(value.trim()));
}

function readValue(value: unknown, schema: ParameterSchema): Read {
  if (Array.isArray(value)) return { problem: "it is given more than once; give it once" };
  if (typeof value === "object") return { problem: "it is an object; give a plain value" };
  const text = String(value).trim();
  switch (schema.type) {
    case "string":
      return readText(text, schema);
    case "boolean": {
      const word = text.toLowerCase();
      if (yes.has(word)) return { value: true };
      return no.has(word) ? { value: false } : { problem: `${quote(text)} is neither true nor false` };
    }
    case "number":
    case "integer":
      return readNumber(text, schema);
  }
}

function readText(text: string, { enum: allowed, maxLength = Number.POSITIVE_INFINITY }: ParameterSchema): Read {
  if (text.length > maxLength) return { problem: `it is longer than ${maxLength} characters` };
  if (allowed === undefined) return { value: text };
  const found = allowed.find((word) => word.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return { value: found };
  return { problem: `${quote(text)} is not one of ${allowed.join(", ")}${didYouMean(text.slice(0, 64), allowed)}` };
}

function readNumber(text: string, { type, minimum, maximum }: ParameterSchema): Read {
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: `${quote(text)} is not a number; give one without its unit, such as 8` };
  if (type === "integer" && !Number.isInteger(value)) return { problem: `${quote(text)} is not a whole number` };
  if (minimum !== undefined && value < minimum) return { problem: `${value} is less than ${minimum}` };
  if (maximum !== undefined && value > maximum) return { problem: `${value} is more than ${maximum}` };
  return { value };
}

/** What was sent is repeated, but never at length. */
function quote(text: string): string {
  return `"${text.length <= 64 ? text : `${text.slice(0, 64)}…`}"`;
}
