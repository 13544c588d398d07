/** How writing to the cluster goes, for people. Pure. */
import type { ReconcileStatus } from "@nodekeeper/shared/api";
import type { PolicySource } from "../../policy/policy.ts";
import type { ClusterView } from "../../state/cluster/cluster-holder.ts";
import { isoTime } from "../../state/iso-time.ts";
import type { Controller } from "../controller/controller.ts";
import type { Decisions } from "../decisions/decisions.ts";
import { overridesInForce } from "../decisions/in-force.ts";
import type { WriteGuard } from "../may-write.ts";
import { shownOverride } from "./override-of.ts";

/** What it is made of. */
export interface StatusInput {
  readonly policy: Pick<PolicySource, "current" | "problems">;
  readonly guard: Pick<WriteGuard, "last" | "holder">;
  /** Undefined: they were not read yet. */
  readonly decisions: Decisions | undefined;
  readonly controller: Pick<Controller, "brake" | "counts">;
  readonly cluster: Pick<ClusterView, "knowledge" | "nodes">;
  readonly nowMs: number;
}

/** Tells it. */
export function statusOf({ policy, guard, decisions, controller, cluster, nowMs }: StatusInput): ReconcileStatus {
  const { source, hash, domain, modes } = policy.current;
  const notWriting = whyNot(guard, decisions);
  const { holder } = guard;
  const approval = decisions?.approval;
  const { restrictedNodes, allowedNodes, clearsAtMs } = controller.brake();
  return {
    isConfigured: true,
    isWriting: notWriting === undefined,
    ...(notWriting === undefined ? {} : { notWritingBecause: notWriting }),
    ...(holder === undefined ? {} : { holder }),
    policy: { source, hash, domain, modes: { ...modes }, problems: [...policy.problems()] },
    ...(approval === undefined ? {} : { approval: { hash: approval.planHash, by: approval.by, at: isoTime(approval.atMs) } }),
    overrides: overridesInForce(decisions, domain, nowMs).map(shownOverride),
    brake: { restrictedNodes, allowedNodes, ...(clearsAtMs === undefined ? {} : { clearsAt: isoTime(clearsAtMs) }) },
    reconcilers: controller.counts().map((counts) => ({ ...counts, waitingFor: { ...counts.waitingFor } })),
    cluster: clusterOf(cluster),
  };
}

function whyNot({ last }: Pick<WriteGuard, "last">, decisions: Decisions | undefined): string | undefined {
  if (last.kind === "no") return last.text;
  if (decisions === undefined) return "what was approved and overridden is not known: nothing is written meanwhile";
  if (decisions.approval === undefined) return "no plan was approved yet: `nodekeeper plan`, then `nodekeeper apply HASH`";
  return undefined;
}

function clusterOf({ knowledge, nodes }: Pick<ClusterView, "knowledge" | "nodes">): ReconcileStatus["cluster"] {
  const { problem } = knowledge;
  return {
    nodes: nodes().length,
    ...(knowledge.kind === "known" ? { heardAt: isoTime(knowledge.heardAtMs) } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}
