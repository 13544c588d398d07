/** The HTTP side of the collector: API, stream, metrics, dashboard, behind doors that differ in who is believed there. */
import { rm } from "node:fs/promises";
import type { Clock, Logger } from "@nodekeeper/shared";
import type { StreamQuery } from "@nodekeeper/shared/api";
import type { FastifyInstance } from "fastify";
import type { Registry as MetricsRegistry } from "prom-client";
import type { Findings } from "../evaluate/findings.ts";
import { createExposition } from "../exposition/exposition.ts";
import type { Reservations } from "../routing/reservations.ts";
import type { StateHolder } from "../state/holder.ts";
import type { Store } from "../store/store.ts";
import { createIdentify } from "./access/identify.ts";
import { openProxySecret } from "./access/proxy-secret.ts";
import { defaultRates, type RatesPerMinute } from "./access/rate-limits.ts";
import type { GroupRights } from "./access/scopes-of-groups.ts";
import { openSigningKeys } from "./access/signing-keys.ts";
import { createWhyEnded } from "./access/still-holds.ts";
import { type ApiMetrics, createApiMetrics } from "./api-metrics.ts";
import { createApp } from "./app.ts";
import { createAuditor } from "./audit/auditor.ts";
import { createCostly } from "./costly.ts";
import { createWearForecasts } from "./disk-list/wear-forecasts.ts";
import { defaultHttpLimits, type HttpLimits } from "./doors/http-limits.ts";
import { type DoorPlan, type OpenDoors, openDoors } from "./doors/open-doors.ts";
import { createFillForecasts } from "./fleet/fill-forecasts.ts";
import { createFleet } from "./fleet/fleet.ts";
import { createGpuAnswers } from "./gpu-answers.ts";
import { createHealthService, type ServeHealth } from "./grpc/health-service.ts";
import { createVerdictFeed } from "./grpc/verdict-feed.ts";
import { createVerdictWatch } from "./grpc/verdict-watch.ts";
import { createLive, defaultLiveLimits, type LiveLimits } from "./live/live.ts";
import { createUpgradeHandler } from "./live/upgrade-handler.ts";
import { meshPicture } from "./mesh/list-paths.ts";
import { meshMachine } from "./mesh/mesh-ends.ts";
import { operationOf } from "./openapi/operation.ts";
import { refuseConnection } from "./problem/answer.ts";
import { validationError } from "./problem/validation.ts";
import type { RouteContext } from "./route.ts";
import { stream } from "./routes/stream.ts";

/** Whose signed word about people is believed (X-Authentik-Jwt). */
export interface LoginOptions {
  /** Of the keys: URL or file. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  readonly groups: GroupRights;
}

/** What the server is made of. */
export interface ApiServerOptions
  extends Pick<
    RouteContext,
    | "attention"
    | "readiness"
    | "registry"
    | "trust"
    | "tls"
    | "authority"
    | "retireNode"
    | "rebaseDisk"
    | "reconciliation"
    | "onboardings"
    | "notifications"
    | "routing"
    | "gpuUsage"
    | "blastRadius"
    | "backupDir"
  > {
  readonly doors: DoorPlan;
  readonly login: LoginOptions | undefined;
  /** Of the proxy's door; undefined without one. */
  readonly proxy: { readonly secretFile: string; readonly groups: GroupRights } | undefined;
  readonly state: StateHolder;
  readonly findings: Findings;
  readonly reservations: RouteContext["reservations"] & Pick<Reservations, "onChanged">;
  readonly store: RouteContext["store"] & Pick<Store, "appendAudit">;
  readonly metrics: MetricsRegistry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  /** Folder of the built dashboard; it need not be there yet. */
  readonly dashboardDir: string;
  /** Folder of errors.md, to which problems link; without it the links lead nowhere, and nothing else is lost. */
  readonly docsDir: string;
  readonly limits?: Partial<LiveLimits & HttpLimits>;
  readonly rates?: Partial<RatesPerMinute>;
}

/** The server, listening. Disposed, it lets answers that are under way end. */
export interface ApiServer extends AsyncDisposable {
  readonly doors: Omit<OpenDoors, typeof Symbol.asyncDispose>;
  /** The same about health, for the listeners of agents. */
  readonly serveHealth: ServeHealth;
  /** Ends the calls of those who watch it; before their listeners are closed. */
  readonly healthWatch: AsyncDisposable;
}

/** Starts the server. Throws ADDRESS_IN_USE or CONFIG_INVALID. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { state, findings, onboardings, store, metrics, logger, clock, random, registry, tls } = options;
  await using stack = new AsyncDisposableStack();
  await rm(options.backupDir, { recursive: true, force: true }); // what one left that died while it sent a backup
  const auditor = stack.use(createAuditor({ store, clock, random, logger }));
  const fleet = stack.use(createFleet({ state, findings, onboardings, clock }));
  const numbers: ApiMetrics = createApiMetrics(metrics, () => live.clientCount);

  const fill = stack.use(createFillForecasts(options));
  const { login, proxy } = options;
  const keys = login && stack.use(await openSigningKeys({ source: login.jwks, clock, random, logger }));
  const identify = createIdentify({
    ...{ registry, clock },
    login: login && keys && { keys, rules: login },
    proxy: proxy && { secret: await openProxySecret(proxy.secretFile, clock, logger), groups: proxy.groups },
  });
  const { fastify, gate } = await createApp({
    ...{ identify, auditor, logger, dashboardDir: options.dashboardDir, docsDir: options.docsDir },
    context: {
      ...{ ...options, fleet, fleetMetrics: createExposition({ ...options, fullAtMs: fill.fullAtMs }) },
      wear: createWearForecasts({ state, store, clock }),
      meshPicture: createCostly(clock, () => meshPicture(fleet.entries().flatMap((entry) => meshMachine(entry) ?? []))),
      gpuAnswers: stack.use(createGpuAnswers({ state, reservations: options.reservations, clock })),
    },
    rates: { ...defaultRates, ...options.rates },
    onAnswered: numbers.requestAnswered,
  });
  stack.defer(() => fastify.close());

  const limits = { ...defaultLiveLimits, ...defaultHttpLimits, ...options.limits };
  const whyEnded = createWhyEnded(registry, clock);
  const live = stack.use(
    createLive({ fleet, state, findings, onboardings, clock, logger, limits, whyEnded, onSent: numbers.messageSent }),
  );
  const watch = stack.use(
    createVerdictWatch({ feed: createVerdictFeed(fleet, findings), state, findings, whyEnded, clock, limits }),
  );
  const serveHealth = createHealthService({ context: { fleet, state, findings }, gate, watch, logger });
  const handlers = {
    onRequest: fastify.routing,
    onUpgrade: createUpgradeHandler({ live, gate, readQuery: streamQueryReader(fastify) }),
    onBroken: refuseConnection,
  };
  const doors = stack.use(await openDoors(options.doors, tls, { limits, handlers, clock, logger }));

  const running = stack.move();
  return {
    doors,
    serveHealth,
    healthWatch: { [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose]() },
    async [Symbol.asyncDispose]() {
      await live[Symbol.asyncDispose](); // doors wait for connections that are open
      await running.disposeAsync();
    },
  };
}

/** The stream's query passes through the same validator as those of all routes. */
function streamQueryReader(app: FastifyInstance): (query: Record<string, unknown>) => StreamQuery {
  const schema = operationOf(stream).querystring;
  const validate = app.validatorCompiler?.({ schema, method: "GET", url: stream.path, httpPart: "querystring" });
  return (query) => {
    if (validate?.(query) === true) return query as StreamQuery; // as the validator says
    throw validationError(validate && "errors" in validate ? (validate.errors ?? []) : [], "querystring");
  };
}
