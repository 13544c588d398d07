/** Advice about the cluster, put together: its rules, and the name server that one of them needs. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { createDnsClient } from "./clients/dns/dns-client.ts";
import { type ClusterEngine, type ClusterEngineOptions, createClusterEngine } from "./evaluate/cluster-engine.ts";
import { watchWildcard } from "./evaluate/wildcard-watch.ts";
import type { EvaluationMetrics } from "./metrics.ts";
import { clusterRules } from "./rules/cluster/index.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";
import type { Store } from "./store/store.ts";

/** What it needs. */
export interface ClusterAdviceOptions {
  /** False: there is no cluster, and what was found of one before is over. */
  readonly hasCluster: boolean;
  readonly cluster: ClusterView;
  readonly state: Pick<StateHolder, "node">;
  /** As the policy has it now; undefined: none is looked at. */
  readonly wildcardName: () => string | undefined;
  readonly storage: ClusterEngineOptions["storage"];
  readonly store: Pick<Store, "saveFindings">;
  /** Open findings of the cluster from before. */
  readonly restored: readonly Finding[];
  readonly metrics: Pick<EvaluationMetrics, "ruleFailed">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Begins to look. */
export function openClusterAdvice(options: ClusterAdviceOptions): ClusterEngine {
  const name = (): string | undefined => (options.hasCluster ? options.wildcardName() : undefined);
  const watch = watchWildcard({ ...options, name, resolver: createDnsClient() });
  const engine = createClusterEngine({
    ...options,
    rules: options.hasCluster ? clusterRules : [],
    wildcard: () => watch.current,
  });
  return {
    all: () => engine.all(),
    subscribe: (listener) => engine.subscribe(listener),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]();
      await watch[Symbol.asyncDispose]();
    },
  };
}
