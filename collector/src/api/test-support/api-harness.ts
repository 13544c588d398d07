/** An API server on real sockets with the real state holder and the real register of tokens, for tests. */

import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, type Clock, createLogger, type Logger, systemClock } from "@nodekeeper/shared";
import { Registry as MetricsRegistry } from "prom-client";
import { createAttention } from "../../attention/create-attention.ts";
import { noGpuUsage } from "../../gpu-usage/gpu-usage.ts";
import { createRegistry } from "../../identity/create-registry.ts";
import type { Registry } from "../../identity/registry.ts";
import { noNotifications } from "../../notify/notifications.ts";
import { noOnboardings } from "../../onboarding/test-support/no-onboardings.ts";
import { createRebaseDisk } from "../../rebase-disk.ts";
import { createRetireNode } from "../../retire-node.ts";
import { clusterRules } from "../../rules/cluster/index.ts";
import { rules } from "../../rules/index.ts";
import { createStateHolder, type StateHolder } from "../../state/holder.ts";
import { certificate } from "../../test-support/authority-certificate.ts";
import { FakeStore } from "../../test-support/fake-store.ts";
import { aVault } from "../../test-support/memory-vault.ts";
import { type ApiServerOptions, createApiServer } from "../server.ts";
import { FakeFindings } from "./fake-findings.ts";
import { FakeHistory } from "./fake-history.ts";
import { noReservations, noRouting } from "./no-routing.ts";

/** What a test may choose. */
export interface HarnessOptions
  extends Partial<
    Pick<
      ApiServerOptions,
      | "limits"
      | "rates"
      | "login"
      | "proxy"
      | "tls"
      | "authority"
      | "reconciliation"
      | "onboardings"
      | "notifications"
      | "routing"
      | "reservations"
      | "gpuUsage"
      | "blastRadius"
      | "backupDir"
    >
  > {
  readonly clock?: Clock;
  /** Default: nobody has reported. */
  readonly state?: StateHolder;
  readonly host?: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Doors beside the local one; `local` in place of it. */
  readonly doors?: Partial<ApiServerOptions["doors"]>;
  readonly dashboardDir?: string;
  readonly docsDir?: string;
  readonly logger?: Logger;
  readonly reasons?: readonly string[];
  /** What /readyz says is wrong although it can serve. */
  readonly troubles?: readonly string[];
}

/** The server and everything under it. */
export interface ApiHarness extends AsyncDisposable {
  /** The local door; of a server without one nothing that makes sense. */
  readonly server: { readonly address: Address; readonly url: string };
  readonly doors: Awaited<ReturnType<typeof createApiServer>>["doors"];
  readonly state: StateHolder;
  readonly findings: FakeFindings;
  readonly store: FakeHistory;
  readonly registry: Registry;
  /** Nodes that were forgotten by the store. */
  readonly forgotten: string[];
  /** GET, with the body as text. */
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; text: string }>;
  /** GET of a body that the caller knows. */
  json<Body>(path: string): Promise<Body>;
}

/** Starts a server for a test. */
export async function startApi(options: HarnessOptions = {}): Promise<ApiHarness> {
  const state = options.state ?? createStateHolder([]);
  const findings = new FakeFindings();
  const store = new FakeHistory();
  const clock = options.clock ?? systemClock;
  const registry = createRegistry({ vault: aVault(), clock, authorities: () => [certificate] });
  const attention = await createAttention({
    ...{ findings, store: new FakeStore(), clock, random: Math.random, logger: createLogger("test", "silent") },
    nodes: () => state.nodes().map(({ name }) => name),
    rules: [...rules, ...clusterRules].map(({ code }) => code),
  });
  const forgotten: string[] = [];
  const forgetNode = async (name: string): Promise<void> => void forgotten.push(name);
  const local = { host: options.host ?? "127.0.0.1", port: options.port ?? 0 };
  const api = await createApiServer({
    ...{ state, findings: attention.findings, attention, store, registry, clock },
    doors: { local, public: undefined, proxy: undefined, adminSocket: undefined, ...options.doors },
    login: options.login,
    proxy: options.proxy,
    trust: {
      current: { caCertificates: [certificate], addresses: ["nodekeeper.example.net:7071"], serverName: "nodekeeper-collector" },
    },
    tls: options.tls,
    authority: options.authority,
    retireNode: createRetireNode({ state, registry, store: { forgetNode } }),
    rebaseDisk: createRebaseDisk({ state, clock, ingest: () => ({ keepStock: async () => undefined }) }),
    reconciliation: options.reconciliation,
    onboardings: options.onboardings ?? noOnboardings,
    notifications: options.notifications ?? noNotifications,
    routing: options.routing ?? noRouting,
    reservations: options.reservations ?? noReservations,
    gpuUsage: options.gpuUsage ?? noGpuUsage,
    blastRadius: options.blastRadius,
    backupDir: options.backupDir ?? join(tmpdir(), `nodekeeper-backups-${randomUUID()}`),
    metrics: new MetricsRegistry(),
    readiness: async () => ({ obstacles: options.reasons ?? [], troubles: options.troubles ?? [] }),
    logger: options.logger ?? createLogger("test", "silent"),
    random: Math.random,
    dashboardDir: options.dashboardDir ?? join(tmpdir(), "nodekeeper-no-dashboard"),
    docsDir: options.docsDir ?? join(tmpdir(), "nodekeeper-no-docs"),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.rates === undefined ? {} : { rates: options.rates }),
  });
  const door = api.doors.of("local");
  const server = { address: door?.address ?? local, url: door?.url ?? "" };
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    ...{ server, state, findings, store, registry, forgotten, get },
    doors: api.doors,
    async json<Body>(path: string) {
      const { status, text } = await get(path);
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
      return JSON.parse(text) as Body;
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await attention[Symbol.asyncDispose]();
    },
  };
}
