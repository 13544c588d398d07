/**
 * The addresses at which the cluster finds Ollama: the Services ollama-generation and ollama-embeddings, without selector, each with a slice for each
 * address family that its servers have, whose endpoints are the servers of the route table. Keys are the names of the Services. When the collector
 * ends, everything stays as it is.
 */
import type { KubernetesClient } from "../clients/kubernetes/kubernetes-client.ts";
import type { PolicySource } from "../policy/policy.ts";
import { decideEndpoints, serversFor } from "./endpoints/decide-endpoints.ts";
import { endpointsName, roleOf, serviceNames } from "./endpoints/names.ts";
import { planEndpoints, planPruneOfEndpoints } from "./endpoints/plan-endpoints.ts";
import { type EndpointsSeen, seeEndpoints } from "./endpoints/see-endpoints.ts";
import type { Services } from "./endpoints/service-objects.ts";
import { writeEndpoints } from "./endpoints/write-endpoints.ts";
import type { Reconciler } from "./reconciler.ts";
import type { World } from "./world.ts";

/** What it needs. */
export interface OllamaEndpointsTools {
  readonly client: Pick<KubernetesClient, "applyOne" | "deleteOne">;
  /** The collector's own: where the Services are. */
  readonly namespace: string;
  readonly services: Services;
  /** Which domain is ours now. */
  readonly policy: Pick<PolicySource, "current">;
}

/** Makes it. */
export function createOllamaEndpoints(tools: OllamaEndpointsTools): Reconciler<EndpointsSeen> {
  const { services, policy } = tools;
  return {
    name: endpointsName,
    noun: "endpoint",
    affects: ({ kind }) => (kind === "routes" || kind === "policy" || kind === "decisions" ? "all" : []),
    keys: (world) => serviceNames.filter((service) => isConcerned(world, service)),
    decide: decideEndpoints,
    seen(world, key) {
      const objects = world.services.of(key);
      return objects && seeEndpoints(key, objects, world.policy.domain);
    },
    async observe(key, signal) {
      return seeEndpoints(key, await services.read(key, signal), policy.current.domain);
    },
    plan: planEndpoints,
    planPrune: planPruneOfEndpoints,
    async apply(key, operations, seen, signal) {
      try {
        await writeEndpoints(tools, operations, seen, signal);
      } finally {
        // No feed tells what became of it; where this fails, the next reading does.
        await services.read(key, signal).catch(() => undefined);
      }
    },
  };
}

/** Somebody routes requests there, or something of the name is in the cluster. */
function isConcerned(world: World, service: string): boolean {
  const role = roleOf(service);
  const objects = world.services.of(service);
  const isThere = objects !== undefined && (objects.service !== undefined || objects.slices.size > 0);
  return isThere || (role !== undefined && serversFor(world, role).length > 0);
}
