/** Puts a route of ours into fastify. Everything that is HTTP about a route happens here. */
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { finished, pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { AppError } from "@nodekeeper/shared";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { actorOf, nobody, type Principal } from "./access/principal.ts";
import type { Auditor } from "./audit/auditor.ts";
import { doorOf } from "./doors/door.ts";
import { withPatience } from "./doors/patience.ts";
import { listParametersOf, splitLists } from "./list-parameters.ts";
import { operationOf } from "./openapi/operation.ts";
import { coercedFields } from "./problem/coerced-fields.ts";
import { requestInvalid } from "./problem/validation.ts";
import type { Answer, AuditTarget, Route, RouteContext } from "./route.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may ask; undefined for files of the dashboard and the like, which hold no facts. */
    readonly nodekeeperRoute?: Pick<Route, "access" | "audit"> & {
      /** It changes nothing, though it is asked by POST. */
      readonly isRead?: boolean;
    };
  }
  interface FastifyRequest {
    /** Who asks; set by the gate before any handler. */
    caller: Principal;
  }
}

/** What a long route gets: fastify has no word for no limit. */
const longMs = 86_400_000;

/** What a request's parameters are before anybody checked them. */
type RawParameters = Readonly<Record<string, string>>;

/** Bodies before the validator took them. */
const bodiesAsGiven = new WeakMap<FastifyRequest, unknown>();

/** Registers the route; HEAD comes with GET. */
export function registerRoute(app: FastifyInstance, route: Route, context: RouteContext, auditor: Auditor): void {
  const listNames = listParametersOf(route);
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ":$1"),
    config: { nodekeeperRoute: route },
    ...(route.isLong === true ? { handlerTimeout: longMs, exposeHeadRoute: false } : {}),
    schema: operationOf(route),
    preValidation: (request, _reply, done) => {
      splitLists(request.query, listNames);
      if (route.body !== undefined) bodiesAsGiven.set(request, structuredClone(request.body));
      done();
    },
    preHandler: (request, _reply, done) => {
      const problems = coercedFields(bodiesAsGiven.get(request), request.body);
      done(problems.length === 0 ? undefined : requestInvalid(problems));
    },
    async handler(request, reply) {
      const { params: path, query, body = {}, caller = nobody, raw } = request;
      // All were validated against the route's own schemas, by which its handler is typed.
      const parameters = { path, query, body, caller, door: doorOf(raw).kind } as Parameters<Route["handle"]>[1];
      const work = async (): Promise<Answer<unknown>> => await route.handle(context, parameters);
      const patiently = () => (route.isLong === true ? withPatience(raw.socket, work) : work());
      const answer = await audited(route, request, auditor, patiently);
      return sendAnswer(reply.code(route.success.status === 201 ? 201 : 200), answer, request.headers["if-none-match"]);
    },
  });
}

/** What the audit says of a request that was not let in. */
export function auditOf(request: FastifyRequest): { readonly action: string; readonly target: AuditTarget } | undefined {
  const audit = request.routeOptions.config.nodekeeperRoute?.audit;
  if (audit === undefined) return undefined;
  return { action: audit.action, target: audit.target((request.params ?? {}) as RawParameters, {}) }; // fastify's own
}

/** Writes down what was done, or that it failed. */
async function audited(
  { audit }: Route,
  { params, body, caller, id: requestId }: FastifyRequest,
  auditor: Auditor,
  work: () => Promise<Answer<unknown>>,
): Promise<Answer<unknown>> {
  if (audit === undefined) return await work();
  const target = audit.target(params as RawParameters, (body ?? {}) as RawParameters); // both were validated
  const record = { actor: actorOf(caller), action: audit.action, target, requestId };
  try {
    const answer = await work();
    const found = "target" in answer && answer.target !== undefined ? { target: answer.target } : {};
    await auditor.record({ ...record, ...found, outcome: "done", detail: ("noted" in answer ? answer.noted : undefined) ?? "" });
    return answer;
  } catch (thrown) {
    const { code, message } = AppError.from(thrown);
    await auditor.record({ ...record, outcome: "failed", detail: `${code}: ${message}` });
    throw thrown;
  }
}

/** Sends what a handler answered; nothing where the client holds it already, by its If-None-Match. */
export function sendAnswer(reply: FastifyReply, answer: Answer<unknown>, knownTags: string | undefined): FastifyReply {
  switch (answer.kind) {
    case "body":
      return reply.header("cache-control", "no-store").type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
    case "text":
      if (answer.status !== undefined) reply.code(answer.status);
      return reply.header("cache-control", "no-store").type(answer.contentType).send(answer.text);
    case "pieces": {
      reply.header("cache-control", "no-store").header("vary", "accept-encoding").type(answer.contentType);
      const content = Readable.from(answer.pieces, { objectMode: false });
      if (!/\bgzip\b/.test(reply.request.headers["accept-encoding"] ?? "")) return reply.send(content);
      // Names and labels repeat: the quickest level makes a twentieth of it, on another thread than ours.
      const packed = pipeline(content, createGzip({ level: 1 }), () => undefined); // whoever left is told nothing
      return reply.header("content-encoding", "gzip").send(packed);
    }
    case "json": {
      const tag = `"${answer.etag}"`;
      reply.header("cache-control", "private, no-cache").header("etag", tag);
      if (holds(knownTags, tag)) return reply.code(304).send();
      return reply.type("application/json; charset=utf-8").send(answer.render());
    }
    case "file": {
      const { file, bytes, name } = answer;
      const content = createReadStream(file);
      finished(content, () => void rm(file, { force: true })); // sent or broken off, nobody needs it any more
      reply.header("cache-control", "no-store").header("content-length", bytes);
      reply.header("content-disposition", `attachment; filename="${name}"`);
      return reply.type("application/octet-stream").send(content);
    }
  }
}

/** RFC 9110, section 13.1.2: a list of tags, weak or not, or `*`. */
function holds(knownTags: string | undefined, tag: string): boolean {
  const tags = knownTags?.split(",").map((known) => known.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(tag) || tags.includes("*");
}
