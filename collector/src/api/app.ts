/** The fastify application: limits, guard, errors, documentation and routes. It does not listen. */
import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import fastifySwagger from "@fastify/swagger";
import { AppError, type Logger } from "@nodekeeper/shared";
import fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { allowedMethods, guardRequest } from "./guard/guard-request.ts";
import { securityHeaders } from "./guard/security-headers.ts";
import { openapiOptions } from "./openapi/openapi-options.ts";
import { answerProblem, answerThrown, refuseConnection } from "./problem/answer.ts";
import { refusalOf } from "./problem/from-thrown.ts";
import { validationError } from "./problem/validation.ts";
import { registerRoute } from "./register-route.ts";
import type { RouteContext } from "./route.ts";
import { routes } from "./routes/index.ts";
import { isDashboardPage, sendDashboardPage, serveDashboard, serveErrorPage } from "./static/dashboard.ts";

/** What the application is made of. */
export interface AppOptions {
  readonly context: RouteContext;
  readonly logger: Logger;
  readonly dashboardDir: string;
  readonly docsDir: string;
  /** Values of Host under which the collector is called; asked for each request, since the port is known only when it listens. */
  readonly authorities: () => ReadonlySet<string>;
  readonly onAnswered: (route: string, status: number, durationSeconds: number) => void;
}

/** Requests have no body; what little fastify would read of one. */
const bodyLimitBytes = 1024;
const maximumHeaderBytes = 16 * 1024;
/** A request must have arrived within this time, or its connection is closed. */
const requestTimeoutMs = 10_000;
/** How often that is looked after. */
const connectionsCheckMs = 5000;
/** A connection on which nothing moves for so long is closed: who does not take an answer does not hold it in our memory for ever. */
const connectionTimeoutMs = 60_000;
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

const serverOptions: FastifyHttpOptions<Server> = {
  logger: false, // the house's logger speaks below
  genReqId: () => randomUUID(),
  bodyLimit: bodyLimitBytes,
  connectionTimeout: connectionTimeoutMs,
  requestTimeout: requestTimeoutMs,
  handlerTimeout: handlerTimeoutMs,
  http: {
    maxHeaderSize: maximumHeaderBytes,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: connectionsCheckMs,
    requireHostHeader: false, // the guard asks for it, and says why
  },
  routerOptions: { maxParamLength: maximumHeaderBytes }, // the schema knows how long a name may be, and says so
  ajv: { customOptions: validatorOptions },
  schemaErrorFormatter: validationError,
  frameworkErrors: (error, _request, reply) => void answerProblem(mark(reply), refusalOf(error)),
  clientErrorHandler: refuseConnection,
};

/** Makes the application. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify(serverOptions);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value)); // bodies are sent as text that is ready; nothing else is
  app.addHook("onRequest", async (request, reply) => guard(request, reply, options));
  app.addHook("onResponse", async (request, reply) => report(request, reply, options));
  app.setErrorHandler((thrown, _request, reply) => answerThrown(reply, thrown, options.logger));
  app.setNotFoundHandler((request, reply) => answerUnknown(request, reply, options.dashboardDir));
  await app.register(fastifySwagger, openapiOptions);
  await serveDashboard(app, options.dashboardDir);
  serveErrorPage(app, options.docsDir);
  for (const route of routes) registerRoute(app, route, options.context);
  registerDocument(app);
  await app.ready();
  return app;
}

async function guard(
  request: FastifyRequest,
  reply: FastifyReply,
  { authorities }: AppOptions,
): Promise<FastifyReply | undefined> {
  mark(reply);
  const refusal = guardRequest(request, authorities());
  if (refusal === undefined) return undefined;
  if (refusal.error.code === "METHOD_NOT_ALLOWED") reply.header("allow", allowedMethods);
  return answerProblem(reply, refusal);
}

/** The headers that every answer carries. */
function mark(reply: FastifyReply): FastifyReply {
  return reply.headers(securityHeaders).header("x-request-id", reply.request.id);
}

async function report(request: FastifyRequest, reply: FastifyReply, { logger, onAnswered }: AppOptions): Promise<void> {
  const durationMs = reply.elapsedTime;
  onAnswered(request.routeOptions.url ?? "none", reply.statusCode, durationMs / 1000);
  logger.debug(
    { requestId: request.id, method: request.method, url: request.url, status: reply.statusCode, durationMs },
    "request answered",
  );
}

function answerUnknown(request: FastifyRequest, reply: FastifyReply, dashboardDir: string): FastifyReply | Promise<FastifyReply> {
  if (isDashboardPage(request)) return sendDashboardPage(reply, dashboardDir);
  const path = request.url.split("?")[0]?.slice(0, 128) ?? "";
  const error = new AppError("NOT_FOUND", `there is nothing at ${path}; /openapi.json describes what there is`);
  return answerProblem(reply, { error });
}

function registerDocument(app: FastifyInstance): void {
  let document: string | undefined;
  app.get("/openapi.json", { schema: { hide: true } }, (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    return reply.header("cache-control", "no-cache").type("application/json; charset=utf-8").send(document);
  });
}
