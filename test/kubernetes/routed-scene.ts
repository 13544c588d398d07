/**
 * Routing and reconciliation of a collector in the house, with a machine whose agent has spoken and servers that the policy names. Their addresses are of
 * no machine: what is asked of one is asked of its double on loopback, which Kubernetes would take in no slice.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createOllamaClient, type OllamaClient } from "../../collector/src/clients/ollama/ollama-client.ts";
import { createMetrics } from "../../collector/src/metrics.ts";
import { itsState } from "../../collector/src/onboarding/test-support/a-machine.ts";
import { openReconciliation } from "../../collector/src/open-reconciliation.ts";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import type { PolicySource, RoutedServer } from "../../collector/src/policy/policy.ts";
import { readPolicy } from "../../collector/src/policy/read-policy.ts";
import type { Reconciliation } from "../../collector/src/reconcile/reconciliation.ts";
import { createServerChecks } from "../../collector/src/routing/check-servers.ts";
import { createRouting } from "../../collector/src/routing/create-routing.ts";
import type { Routing } from "../../collector/src/routing/routing.ts";
import { createClusterHolder } from "../../collector/src/state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "../../collector/src/state/holder.ts";
import { noLonghorn } from "../../collector/src/state/longhorn/no-longhorn.ts";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";
import { startMs } from "../../collector/src/test-support/states.ts";
import type { Plan } from "../../packages/shared/src/api/reconcile.ts";
import { type Clock, createLogger, systemClock } from "../../packages/shared/src/index.ts";
import { until } from "../ollama/until.ts";
import { type House, names } from "./house.ts";

/** An Ollama that says its version, or takes requests and says nothing any more. */
export interface OllamaDouble extends AsyncDisposable {
  readonly url: string;
  set(mode: "well" | "hanging"): void;
}

/** The scene. */
export interface RoutedScene extends AsyncDisposable {
  /** Of the collector that runs. */
  readonly reconciliation: Reconciliation;
  /** The plan, as soon as it has so many steps. */
  planned(stepCount: number): Promise<Plan>;
  /** The wall clock goes on; nobody spoke meanwhile. */
  passWallTime(durationMs: number): void;
  isAgentSilent(): boolean;
  /** The collector ends in order. */
  stop(): Promise<void>;
  /** Another one begins, with what was stored of the agent. */
  start(): Promise<void>;
}

/** One for each address. */
export async function startOllamaDoubles(
  addresses: readonly string[],
): Promise<ReadonlyMap<string, OllamaDouble> & AsyncDisposable> {
  const doubles = new Map<string, OllamaDouble>();
  for (const address of addresses) doubles.set(address, await startDouble());
  return Object.assign(doubles, {
    async [Symbol.asyncDispose]() {
      for (const double of doubles.values()) await double[Symbol.asyncDispose]();
    },
  });
}

/** Starts it. The machine's Ollama is for embeddings, and so is whatever the servers say. */
export async function routedScene(
  { client }: House,
  doubles: ReadonlyMap<string, OllamaDouble>,
  servers: readonly RoutedServer[],
): Promise<RoutedScene> {
  const read = readPolicy("version: 1\nrouting: { generation: false, embeddings: ollama.is_installed }", {
    ...{ source: "policy.yaml", builtIn: builtInPolicy },
  });
  if (read.kind === "bad") throw new Error(read.problems.join());
  const nothing = { [Symbol.dispose]: () => undefined };
  const policy: PolicySource = {
    current: { ...read.policy, routing: { ...read.policy.routing, servers } },
    problems: () => [],
    onChanged: () => nothing,
  };
  // The agent speaks after the first collector has begun to listen: what it said before would only be remembered.
  const offsetMs = startMs - 5_000 - systemClock.wallMs();
  let passedMs = 0;
  const clock: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + offsetMs + passedMs };
  const common = { clock, random: Math.random, logger: createLogger("test", "silent") };
  const state = createStateHolder([itsState()]);
  const cluster = createClusterHolder();
  cluster.replaceAll([], clock.wallMs());
  const store = new FakeStore();
  const findings = { ofNode: () => [], isEvaluated: () => true, subscribe: () => nothing };
  let running:
    | { readonly reconciliation: Reconciliation; readonly routing: Routing; readonly parts: AsyncDisposable }
    | undefined;

  async function start(): Promise<void> {
    await using parts = new AsyncDisposableStack();
    const routing = parts.use(
      createRouting({
        ...{ state, cluster, policy, findings, ...common },
        reservations: { of: () => undefined, onChanged: () => nothing },
        openChecks: (onChanged) => createServerChecks({ client: clientOf(doubles), onChanged, ...common }),
      }),
    );
    const { reconciliation } = parts.use(
      openReconciliation({
        ...{ client, namespace: names.namespace, policy, cluster, longhorn: noLonghorn, longhornNamespace: "longhorn-system" },
        ...{ state, findings, routing, store, metrics: createMetrics().reconcile, ...common },
        onboardings: { isReady: () => false, subscribe: () => nothing },
        attention: { isInMaintenance: () => false, onMaintenance: () => nothing },
      }),
    );
    running = { reconciliation, routing, parts: parts.move() };
  }

  async function stop(): Promise<void> {
    await running?.parts[Symbol.asyncDispose]();
    running = undefined;
  }

  const present = () => {
    if (running === undefined) throw new Error("no collector runs");
    return running;
  };
  await start();
  return {
    get reconciliation() {
      return present().reconciliation;
    },
    planned: (stepCount) =>
      until(async () => {
        const plan = await present().reconciliation.plan();
        return plan.operations.length === stepCount && plan;
      }),
    passWallTime(durationMs) {
      passedMs += durationMs;
    },
    isAgentSilent: () =>
      present()
        .routing.backends()
        .some(({ isStale }) => isStale),
    ...{ start, stop, [Symbol.asyncDispose]: stop },
  };
}

function clientOf(doubles: ReadonlyMap<string, OllamaDouble>): OllamaClient {
  const client = createOllamaClient();
  const at = (url: string): string => doubles.get(new URL(url).hostname)?.url ?? [...doubles.values()][0]?.url ?? url;
  return {
    version: (url, signal) => client.version(at(url), signal),
    tags: (url, signal) => client.tags(at(url), signal),
    loaded: (url, signal) => client.loaded(at(url), signal),
    unload: (url, model, signal) => client.unload(at(url), model, signal),
  };
}

async function startDouble(): Promise<OllamaDouble> {
  let mode: "well" | "hanging" = "well";
  const server = createServer((_, response) => {
    if (mode === "well") response.end('{"version":"0.32.15","models":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}`,
    set(now) {
      mode = now;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
