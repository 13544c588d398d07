/** Reconciliation, put together in the direction of the data: what is known, what is decided, who may write, and the controller that does. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Attention } from "./attention/attention.ts";
import type { KubernetesClient } from "./clients/kubernetes/kubernetes-client.ts";
import type { Engine } from "./evaluate/engine.ts";
import type { ReconcileMetrics } from "./metrics.ts";
import type { Onboardings } from "./onboarding/onboarding.ts";
import type { PolicySource } from "./policy/policy.ts";
import type { Controller } from "./reconcile/controller/controller.ts";
import { createController } from "./reconcile/controller/create-controller.ts";
import { createReconciliation } from "./reconcile/create-reconciliation.ts";
import { withoutForeign } from "./reconcile/decisions/in-force.ts";
import { keepDecisions } from "./reconcile/decisions/keep-decisions.ts";
import { followServices } from "./reconcile/endpoints/follow-services.ts";
import type { ServicesView } from "./reconcile/endpoints/service-objects.ts";
import { createWriteGuard } from "./reconcile/guard/create-write-guard.ts";
import { withFreshDecisions } from "./reconcile/guard/with-fresh-decisions.ts";
import { createReconcilers } from "./reconcile/index.ts";
import type { Reconciliation } from "./reconcile/reconciliation.ts";
import type { World } from "./reconcile/world.ts";
import type { Routing } from "./routing/routing.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";
import type { LonghornView } from "./state/longhorn/longhorn-holder.ts";
import type { Store } from "./store/store.ts";

/** What it is put together from. */
export interface ReconciliationNeeds {
  readonly client: KubernetesClient;
  /** Where Lease and decisions are, and whose annotation pauses. */
  readonly namespace: string;
  readonly policy: PolicySource;
  readonly cluster: ClusterView;
  readonly longhorn: LonghornView;
  /** Where Longhorn is. */
  readonly longhornNamespace: string;
  readonly onboardings: Pick<Onboardings, "isReady" | "subscribe">;
  readonly state: StateHolder;
  readonly attention: Pick<Attention, "isInMaintenance" | "onMaintenance">;
  /** As the facts are, whatever people decided about them. */
  readonly findings: Pick<Engine, "isEvaluated" | "ofNode" | "subscribe">;
  readonly routing: Pick<Routing, "backends" | "table" | "onChanged">;
  readonly store: Pick<Store, "appendAudit" | "listAudit">;
  readonly metrics: ReconcileMetrics;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** It runs. Disposing it ends writes in order, and gives the Lease back. */
export interface RunningReconciliation extends AsyncDisposable {
  readonly reconciliation: Reconciliation;
  readonly controller: Controller;
}

/** Names of our objects; the manifests make them. */
const names = { lease: "nodekeeper-collector", decisions: "nodekeeper-decisions" } as const;

/** Starts it. Nothing is written before the Lease is held and a plan was approved. */
export function openReconciliation(needs: ReconciliationNeeds): RunningReconciliation {
  const { client, namespace, policy, clock, random, logger } = needs;
  const stack = new AsyncDisposableStack();
  const common = { client, clock, random, logger };
  const decisions = stack.use(keepDecisions({ ...common, at: { namespace, name: names.decisions } }));
  const guard = stack.use(
    createWriteGuard({
      ...common,
      lease: { namespace, name: names.lease },
      self: `${hostname()}_${randomBytes(4).toString("hex")}`,
      domain: () => policy.current.domain,
    }),
  );
  const services = stack.use(followServices({ ...common, namespace }));
  const reconcilers = createReconcilers({ ...needs, services });
  const world = worldOf(needs, services, () => decisions.current && withoutForeign(decisions.current, policy.current.domain));
  const changes = { ...needs, decisions, services };
  const controller = stack.use(
    createController({ ...needs, reconcilers, world, changes, guard: withFreshDecisions(guard, decisions) }),
  );
  const reconciliation = stack.use(createReconciliation({ ...needs, reconcilers, controller, guard, decisions, services }));
  return { reconciliation, controller, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The same object each time, whose parts are as they are when they are asked for. */
function worldOf(
  { policy, cluster, longhorn, onboardings, state, findings, attention, routing, clock }: ReconciliationNeeds,
  services: ServicesView,
  decisions: () => World["decisions"],
): () => World {
  const startedAtMs = clock.monotonicMs();
  const world: World = {
    get nowMs() {
      return clock.wallMs();
    },
    // Counted back from now: a machine without a clock of its own starts in another year, and what it remembers is not heard since.
    get startedAtMs() {
      return clock.wallMs() - (clock.monotonicMs() - startedAtMs);
    },
    get policy() {
      return policy.current;
    },
    get decisions() {
      return decisions();
    },
    cluster,
    longhorn,
    routing,
    services,
    node: (name) => state.node(name),
    findings: (node) => findings.ofNode(node),
    isEvaluated: (node) => findings.isEvaluated(node),
    isInMaintenance: (node) => attention.isInMaintenance(node),
    isReady: (node) => onboardings.isReady(node),
  };
  return () => world;
}
