/** A route as fastify and the OpenAPI document want it: its schemas, who may ask, and every answer that it may give. */
import { Problem } from "@nodekeeper/shared/api";
import type { FastifySchema } from "fastify";
import { problemMediaType } from "../problem/problem-of.ts";
import type { Route } from "../route.ts";
import { examples } from "./examples.ts";

/** Refusals that any route may answer with. */
const commonRefusals: Readonly<Record<string, string>> = {
  403: "The request carries the Origin of another site",
  421: "The Host header names something else than this collector",
  429: "Too many requests; `Retry-After` says when to ask again",
  default: "Any other refusal",
};

/** Ways to prove who asks, as openapi-options.ts describes them. */
const proofs = [{ apiToken: [] }, { login: [] }];

const plainText = { "text/plain": { schema: { type: "string" } } };

/** The schema of a route's requests and answers. */
export function operationOf(route: Route): FastifySchema {
  const { pathParameters, queryParameters, body, success, access } = route;
  const hasParameters = pathParameters !== undefined || queryParameters !== undefined || body !== undefined;
  const { plain } = success;
  const refusals = {
    ...(hasParameters ? { 400: "A parameter is not valid; `detail` names every problem" } : {}),
    ...(body === undefined ? {} : { 413: "The body is too large", 415: "The body is not application/json" }),
    ...route.refusals,
    ...commonRefusals,
    ...(access === "anyone" ? {} : { 401: "Who asks is not known, or the proof does not hold" }),
    ...(access === "anyone" || access === "identified"
      ? {}
      : { 403: `The right \`${access}\` is missing, or the request carries the Origin of another site` }),
  };
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    description: `${route.description}${needed(access)}`,
    security: access === "anyone" ? [] : proofs,
    ...(pathParameters === undefined ? {} : { params: pathParameters }),
    // Lists are written with commas, and a key that nobody knows is refused rather than ignored.
    querystring: {
      ...(queryParameters ?? { type: "object" }),
      properties: Object.fromEntries(
        Object.entries(queryParameters?.properties ?? {}).map(([name, schema]) => [name, parameter(schema)]),
      ),
      additionalProperties: false,
      style: "form",
      explode: false,
    },
    ...(body === undefined ? {} : { body }),
    response: {
      [success.status]: {
        description: plain === undefined ? success.description : `${success.description}. ${plain[200]}`,
        content: {
          [success.contentType]: {
            schema: success.schema ?? { type: "string" },
            ...(examples[route.name] === undefined ? {} : { example: examples[route.name] }),
          },
          ...(plain === undefined ? {} : plainText),
        },
      },
      ...Object.fromEntries(Object.entries(refusals).map(([status, description]) => [status, problem(description)])),
      ...(plain === undefined ? {} : { 503: { description: plain[503], content: plainText } }),
    },
  };
}

/** An empty list is written as nothing is, and so is none. */
function parameter(schema: object): object {
  return "type" in schema && schema.type === "array" ? { minItems: 1, ...schema } : schema;
}

function needed(access: Route["access"]): string {
  if (access === "anyone") return " Anyone may ask.";
  return access === "identified" ? " Whoever is known may ask." : ` Needs the right \`${access}\`.`;
}

function problem(description: string): object {
  return { description, content: { [problemMediaType]: { schema: Problem } } };
}
