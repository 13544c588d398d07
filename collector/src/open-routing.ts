/** Ollama's servers, the GPUs that people keep, and how they were used, put together: what agents say, what the policy wants, and what the servers answer. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Registry } from "prom-client";
import { createOllamaClient } from "./clients/ollama/ollama-client.ts";
import type { Findings } from "./evaluate/findings.ts";
import { createGpuUsage } from "./gpu-usage/create-gpu-usage.ts";
import type { GpuUsageBook } from "./gpu-usage/gpu-usage.ts";
import type { PolicySource } from "./policy/policy.ts";
import { createServerChecks } from "./routing/check-servers.ts";
import { createReservations } from "./routing/create-reservations.ts";
import { createRouting } from "./routing/create-routing.ts";
import type { Reservations } from "./routing/reservations.ts";
import type { Routing } from "./routing/routing.ts";
import { unloadReserved } from "./routing/unload-reserved.ts";
import { createRoutingMetrics } from "./routing-metrics.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";
import type { Store } from "./store/store.ts";

/** What it needs. */
export interface RoutingNeeds {
  readonly state: StateHolder;
  /** Undefined: there is no cluster. */
  readonly cluster: ClusterView | undefined;
  readonly policy: PolicySource;
  readonly findings: Pick<Findings, "ofNode">;
  readonly store: Pick<Store, "documents" | "saveDocuments">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** All of it, running. */
export interface RunningRouting extends AsyncDisposable {
  readonly routing: Routing;
  readonly reservations: Reservations;
  readonly gpuUsage: GpuUsageBook;
}

/** Starts them. */
export async function openRouting(needs: RoutingNeeds): Promise<RunningRouting> {
  const { clock, random, logger } = needs;
  await using stack = new AsyncDisposableStack();
  const client = createOllamaClient();
  const reservations = stack.use(await createReservations(needs));
  const openChecks = (onChanged: () => void) => createServerChecks({ client, clock, random, logger, onChanged });
  const routing = stack.use(createRouting({ ...needs, reservations, openChecks }));
  stack.use(unloadReserved({ reservations, routing, client, clock, logger }));
  const gpuUsage = stack.use(await createGpuUsage({ ...needs, routing, reservations }));
  createRoutingMetrics(needs.registry, { routing, reservations });
  const running = stack.move();
  return { routing, reservations, gpuUsage, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
