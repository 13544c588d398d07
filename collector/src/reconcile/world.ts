/** All that decisions are made from, at one moment. */
import type { Finding } from "@nodekeeper/shared/api";
import type { Policy } from "../policy/policy.ts";
import type { Routing } from "../routing/routing.ts";
import type { ClusterView } from "../state/cluster/cluster-holder.ts";
import type { LonghornView } from "../state/longhorn/longhorn-holder.ts";
import type { NodeState } from "../state/node-state.ts";
import type { Decisions } from "./decisions/decisions.ts";
import type { ServicesView } from "./endpoints/service-objects.ts";

/** The world. */
export interface World {
  /** On the collector's clock. */
  readonly nowMs: number;
  /** When this process began to listen: what was received before is remembered, and takes nothing away. */
  readonly startedAtMs: number;
  readonly policy: Policy;
  /** Undefined until they were read: then everything waits. */
  readonly decisions: Decisions | undefined;
  readonly cluster: Pick<ClusterView, "node" | "nodes" | "knowledge">;
  readonly longhorn: Omit<LonghornView, "subscribe">;
  node(name: string): NodeState | undefined;
  readonly routing: Pick<Routing, "backends" | "table">;
  /** The Services that lead to Ollama's servers. */
  readonly services: ServicesView;
  /** Open findings of a node. */
  findings(node: string): readonly Finding[];
  /** False until evaluation has looked at the node since this process started: no finding then means nothing. */
  isEvaluated(node: string): boolean;
  /** Whether somebody works on the node now: nothing is taken from it meanwhile. */
  isInMaintenance(node: string): boolean;
  /** Whether the machine of this name has come to the end of its onboarding. */
  isReady(node: string): boolean;
}
