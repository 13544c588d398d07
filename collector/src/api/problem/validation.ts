/** Says in one sentence what is wrong with a request: every problem, with what was given and what would be right. */
import { AppError, didYouMean } from "@nodekeeper/shared";
import type { FastifySchemaValidationError } from "fastify";

/** Ajv's error with `verbose`: the value that it looked at, and the schema around it. */
type VerboseError = FastifySchemaValidationError & {
  readonly data?: unknown;
  readonly parentSchema?: { readonly properties?: Readonly<Record<string, unknown>>; readonly description?: string };
};

/** Where fastify found the problems, in words. */
const placeNames: Readonly<Record<string, string>> = {
  querystring: "query parameter",
  params: "path parameter",
  body: "field",
};

/** So many problems are told at a time: a stranger's thousand make neither a long answer nor a long search for what was meant. */
const maximumTold = 8;

/** Makes the error for a request that its schema refuses. */
export function validationError(errors: readonly FastifySchemaValidationError[], place: string): AppError {
  const what = placeNames[place] ?? place;
  const told = errors.slice(0, maximumTold).map((error) => sentenceOf(error, what));
  const more = errors.length - told.length;
  return requestInvalid(more === 0 ? told : [...told, `and ${more} more`]);
}

/** Makes one error of several problems, each a sentence without its full stop. */
export function requestInvalid(problems: readonly string[]): AppError {
  const sentences = [...new Set(problems)].map((problem) => (/[?]$/.test(problem) ? problem : `${problem}.`));
  return new AppError("REQUEST_INVALID", sentences.join(" "));
}

function sentenceOf(error: VerboseError, what: string): string {
  const { params, keyword } = error;
  if (keyword === "additionalProperties") {
    const unknown = String(params["additionalProperty"]);
    const known = Object.keys(error.parentSchema?.properties ?? {});
    const hint = didYouMean(unknown, known);
    return `unknown ${what} "${shorten(unknown)}"${hint || (known.length === 0 ? "; there are none here" : `; known are ${known.join(", ")}`)}`;
  }
  if (keyword === "required") return `${what} "${String(params["missingProperty"])}" is missing`;
  const name = error.instancePath.split("/")[1] ?? "";
  if (keyword === "pattern" && name === "cursor")
    return `${what} "cursor" is not valid: it is not a \`nextCursor\` of this API; begin again without it`;
  if (error.instancePath === "" && what === "field") return "the body is not a JSON object";
  if (keyword === "type" && Array.isArray(error.data) && what !== "field") return `${what} "${name}" is given more than once`;
  return `${what} "${name}": ${expectation(error)}`;
}

function expectation({ keyword, params, data, message = "is not valid" }: VerboseError): string {
  const given = `"${shorten(String(data))}"`;
  if (keyword === "enum" && Array.isArray(params["allowedValues"])) {
    const allowed = params["allowedValues"].map(String);
    return `${given} is not one of ${allowed.join(", ")}${didYouMean(String(data), allowed)}`;
  }
  if (keyword === "type")
    return `${given} is not ${params["type"] === "integer" ? "a whole number" : `a ${String(params["type"])}`}`;
  if (keyword === "format" && params["format"] === "date-time") {
    return `${given} is not a time as RFC 3339 writes it, such as 2026-11-22T18:00:00Z`;
  }
  return `${given} ${message}`;
}

/** What a client sent is repeated to it, but never at length. */
function shorten(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 64)}…`;
}
