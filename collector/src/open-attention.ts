/** Decisions about findings, put together: over the findings of nodes and of the cluster, of every rule and every node that is known. */
import type { Attention } from "./attention/attention.ts";
import { type AttentionOptions, createAttention } from "./attention/create-attention.ts";
import type { ClusterEngine } from "./evaluate/cluster-engine.ts";
import type { Engine } from "./evaluate/engine.ts";
import { joinFindings } from "./evaluate/join-findings.ts";
import { clusterRules } from "./rules/cluster/index.ts";
import { rules } from "./rules/index.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";

/** What it is put together from. */
export interface AttentionNeeds extends Omit<AttentionOptions, "findings" | "nodes" | "rules"> {
  readonly engine: Engine;
  readonly advice: ClusterEngine;
  readonly state: Pick<StateHolder, "nodes">;
  readonly cluster: Pick<ClusterView, "nodes">;
}

/** Reads what was decided before, and begins. */
export function openAttention({ engine, advice, state, cluster, ...rest }: AttentionNeeds): Promise<Attention> {
  return createAttention({
    ...rest,
    findings: joinFindings(engine, advice),
    nodes: () => [...new Set([...state.nodes(), ...cluster.nodes()].map(({ name }) => name))],
    rules: [...rules, ...clusterRules].map(({ code }) => code),
  });
}
