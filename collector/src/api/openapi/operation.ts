/** A route as fastify and the OpenAPI document want it: its schemas, and every answer that it may give. */
import { Problem } from "@nodekeeper/shared/api";
import type { FastifySchema } from "fastify";
import { problemMediaType } from "../problem/problem-of.ts";
import type { Route } from "../route.ts";

/** Refusals that any route may answer with. */
const commonRefusals: Readonly<Record<string, string>> = {
  403: "The request carries the Origin of another site",
  421: "The Host header names something else than this collector",
  default: "Any other refusal",
};

/** The schema of a route's requests and answers. */
export function operationOf(route: Route): FastifySchema {
  const { pathParameters, queryParameters, success } = route;
  const hasParameters = pathParameters !== undefined || queryParameters !== undefined;
  const refusals = {
    ...(hasParameters ? { 400: "A parameter is not valid; `detail` names every problem" } : {}),
    ...route.refusals,
    ...commonRefusals,
  };
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    description: route.description,
    ...(pathParameters === undefined ? {} : { params: pathParameters }),
    // Lists are written with commas, and a key that nobody knows is refused rather than ignored.
    querystring: {
      ...(queryParameters ?? { type: "object", properties: {} }),
      additionalProperties: false,
      style: "form",
      explode: false,
    },
    response: {
      [success.status]: {
        description: success.description,
        content: { [success.contentType]: { schema: success.schema ?? { type: "string" } } },
      },
      ...Object.fromEntries(Object.entries(refusals).map(([status, description]) => [status, problem(description)])),
    },
  };
}

function problem(description: string): object {
  return { description, content: { [problemMediaType]: { schema: Problem } } };
}
