/** The fastify application: limits, guard, gate, errors, documentation and routes. It does not listen: the doors lead to it. */
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import fastifySwagger from "@fastify/swagger";
import { AppError, type Logger } from "@nodekeeper/shared";
import fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { createGate, type Gate } from "./access/gate.ts";
import type { Identify } from "./access/identify.ts";
import { actorOf, nobody } from "./access/principal.ts";
import { createRateLimits, type RatesPerMinute } from "./access/rate-limits.ts";
import { createFindMethods, type FindMethods } from "./allowed-methods.ts";
import type { Auditor } from "./audit/auditor.ts";
import { doorOf } from "./doors/door.ts";
import { maximumHeaderBytes } from "./doors/http-limits.ts";
import { guardRequest } from "./guard/guard-request.ts";
import { securityHeaders } from "./guard/security-headers.ts";
import { openapiOptions } from "./openapi/openapi-options.ts";
import { answerProblem, answerThrown } from "./problem/answer.ts";
import { refusalOf } from "./problem/from-thrown.ts";
import { validationError } from "./problem/validation.ts";
import { auditOf, registerRoute } from "./register-route.ts";
import type { RouteContext } from "./route.ts";
import { routes } from "./routes/index.ts";
import { isDashboardPage, sendDashboardPage, serveDashboard, serveErrorPage } from "./static/dashboard.ts";
import { mcpEndpoint, registerMcp } from "./tools/mcp/register-mcp.ts";
import { registerTools, toolEndpoints } from "./tools/support/register-tools.ts";

/** What the application is made of. */
export interface AppOptions {
  readonly context: RouteContext;
  readonly identify: Identify;
  readonly auditor: Auditor;
  readonly rates: RatesPerMinute;
  readonly logger: Logger;
  readonly dashboardDir: string;
  readonly docsDir: string;
  readonly onAnswered: (route: string, status: number, durationSeconds: number) => void;
}

/** The application, and the gate through which WebSockets go too. */
export interface App {
  readonly fastify: FastifyInstance;
  readonly gate: Gate;
}

/** A body is a few fields; those of admins are the largest. */
const bodyLimitBytes = 16 * 1024;
/** An answer must be made within this time. */
const handlerTimeoutMs = 15_000;

/** Every problem of a request is named; nothing unknown is dropped in silence. */
const validatorOptions: NonNullable<FastifyHttpOptions<Server>["ajv"]>["customOptions"] = {
  allErrors: true,
  removeAdditional: false,
  verbose: true,
  coerceTypes: true,
  useDefaults: false,
  keywords: ["style", "explode"], // how lists are written: for the document only
};

const fastifyOptions: FastifyHttpOptions<Server> = {
  logger: false, // the house's logger speaks below
  genReqId: () => randomUUID(),
  bodyLimit: bodyLimitBytes,
  handlerTimeout: handlerTimeoutMs,
  routerOptions: { maxParamLength: maximumHeaderBytes }, // the schema knows how long a name may be, and says so
  ajv: { customOptions: validatorOptions },
  schemaErrorFormatter: validationError,
  frameworkErrors: (error, _request, reply) => void answerProblem(mark(reply), refusalOf(error)),
};

/** Makes the application. */
export async function createApp(options: AppOptions): Promise<App> {
  const { identify, auditor, logger, dashboardDir } = options;
  const app = fastify(fastifyOptions);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value)); // bodies are sent as text that is ready; nothing else is
  app.removeContentTypeParser("text/plain"); // bodies are JSON, which no page of another site may send
  app.decorateRequest("caller");
  const gate = createGate({ identify, limits: await createRateLimits(app, options.rates), auditor });
  const findMethods = createFindMethods([...routes, ...toolEndpoints, mcpEndpoint]);
  app.addHook("onRequest", async (request, reply) => guard(request, reply, auditor, findMethods));
  app.addHook("onRequest", async (request) => pass(request, gate));
  app.addHook("onResponse", async (request, reply) => report(request, reply, options));
  app.setErrorHandler((thrown, _request, reply) => answerThrown(reply, thrown, logger));
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply, dashboardDir, findMethods));
  await app.register(fastifySwagger, openapiOptions);
  await serveDashboard(app, dashboardDir);
  serveErrorPage(app, options.docsDir);
  for (const route of routes) registerRoute(app, route, options.context, auditor);
  registerTools(app, options.context);
  registerMcp(app, options.context, logger);
  registerDocument(app);
  await app.ready();
  return { fastify: app, gate };
}

async function guard(
  request: FastifyRequest,
  reply: FastifyReply,
  auditor: Auditor,
  findMethods: FindMethods,
): Promise<FastifyReply | undefined> {
  mark(reply);
  const refusal = guardRequest(request.raw, doorOf(request.raw).names);
  if (refusal === undefined) return undefined;
  const { code } = refusal.error;
  const methods = findMethods(pathOf(request)) ?? "GET, HEAD";
  // A method that is not known here is that, whatever else came with it.
  const isOther = code === "PROTOCOL_TOO_LARGE" && !methods.split(", ").includes(request.method);
  if (code === "METHOD_NOT_ALLOWED" || isOther) return answerMethod(request, reply, methods);
  const audited = auditOf(request);
  if (audited !== undefined) {
    const from = request.raw.socket.remoteAddress ?? "";
    auditor.refuse({ actor: actorOf(nobody), ...audited, error: refusal.error, from, requestId: request.id });
  }
  return answerProblem(reply, refusal);
}

async function pass(request: FastifyRequest, gate: Gate): Promise<void> {
  const { method, headers, raw, id: requestId } = request;
  // What is no route of ours is a file of the dashboard, the documentation, or nothing at all: the same for everybody.
  const { access = "anyone", isRead = false } = request.routeOptions.config.nodekeeperRoute ?? {};
  const address = raw.socket.remoteAddress ?? "";
  const asked = { door: doorOf(raw), method, isRead, access, headers, headersDistinct: raw.headersDistinct, address, requestId };
  request.caller = await gate.admit({ ...asked, audited: auditOf(request) });
}

/** The headers that every answer carries. */
function mark(reply: FastifyReply): FastifyReply {
  return reply.headers(securityHeaders).header("x-request-id", reply.request.id);
}

async function report(request: FastifyRequest, reply: FastifyReply, { logger, onAnswered }: AppOptions): Promise<void> {
  const durationMs = reply.elapsedTime;
  onAnswered(request.routeOptions.url ?? "none", reply.statusCode, durationMs / 1000);
  const { method, url, caller } = request;
  const facts = { requestId: request.id, door: doorOf(request.raw).kind, caller: caller?.name, method, url };
  logger.debug({ ...facts, status: reply.statusCode, durationMs }, "request answered");
}

function answerUnknown(
  request: FastifyRequest,
  reply: FastifyReply,
  dashboardDir: string,
  findMethods: FindMethods,
): FastifyReply | Promise<FastifyReply> {
  const path = pathOf(request);
  const isRead = request.method === "GET" || request.method === "HEAD";
  const methods = findMethods(path) ?? (isRead ? undefined : "GET, HEAD");
  if (methods !== undefined) return answerMethod(request, reply, methods);
  if (isDashboardPage(request)) return sendDashboardPage(reply, dashboardDir);
  const error = new AppError("NOT_FOUND", `there is nothing at ${path.slice(0, 128)}; /openapi.json describes what there is`);
  return answerProblem(reply, { error });
}

function answerMethod({ method }: FastifyRequest, reply: FastifyReply, methods: string): FastifyReply {
  const error = new AppError("METHOD_NOT_ALLOWED", `${method} is not allowed here; what is: ${methods}`);
  return answerProblem(reply.header("allow", methods), { error });
}

function pathOf({ url }: FastifyRequest): string {
  return url.split("?")[0] ?? "";
}

function registerDocument(app: FastifyInstance): void {
  let document: string | undefined;
  app.get("/openapi.json", { schema: { hide: true } }, (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.header("cache-control", "no-cache").type("application/json; charset=utf-8").send(document);
  });
}
