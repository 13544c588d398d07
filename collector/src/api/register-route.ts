/** Puts a route of ours into fastify. Everything that is HTTP about a route happens here. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { operationOf } from "./openapi/operation.ts";
import type { Answer, Route, RouteContext } from "./route.ts";

/** Registers the route; HEAD comes with GET. */
export function registerRoute(app: FastifyInstance, route: Route, context: RouteContext): void {
  const listNames = listParametersOf(route);
  app.route({
    method: "GET",
    url: route.path.replace(/\{(\w+)\}/g, ":$1"),
    schema: operationOf(route),
    preValidation: (request, _reply, done) => {
      splitLists(request.query, listNames);
      done();
    },
    async handler(request, reply) {
      // Both were validated against the route's own schemas, by which its handler is typed.
      const parameters = { path: request.params, query: request.query } as Parameters<Route["handle"]>[1];
      const answer = await route.handle(context, parameters);
      return send(reply, answer, request.headers["if-none-match"]);
    },
  });
}

/** Query parameters that are lists: `a,b` and `a&…=b` mean the same. */
function listParametersOf({ queryParameters }: Route): readonly string[] {
  return Object.entries(queryParameters?.properties ?? {}).flatMap(([name, schema]) =>
    "type" in schema && schema.type === "array" ? [name] : [],
  );
}

function splitLists(query: unknown, names: readonly string[]): void {
  const values = query as Record<string, string | readonly string[]>; // fastify's own parser made it
  for (const name of names) {
    const given = values[name];
    if (given !== undefined) values[name] = [given].flat().flatMap((text) => text.split(","));
  }
}

function send(reply: FastifyReply, answer: Answer<unknown>, knownTags: string | undefined): FastifyReply {
  switch (answer.kind) {
    case "body":
      return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
    case "text":
      return reply.header("cache-control", "no-store").type(answer.contentType).send(answer.text);
    case "json": {
      const tag = `"${answer.etag}"`;
      reply.header("cache-control", "private, no-cache").header("etag", tag);
      if (holds(knownTags, tag)) return reply.code(304).send();
      return reply.type("application/json; charset=utf-8").send(answer.render());
    }
  }
}

/** RFC 9110, section 13.1.2: a list of tags, weak or not, or `*`. */
function holds(knownTags: string | undefined, tag: string): boolean {
  const tags = knownTags?.split(",").map((known) => known.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(tag) || tags.includes("*");
}
