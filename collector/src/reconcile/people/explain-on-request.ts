/** Explains a node, or one item of it, for whoever asks by a name. */
import { AppError, didYouMean } from "@nodekeeper/shared";
import type { Explanation } from "@nodekeeper/shared/api";
import { foldAudit } from "@nodekeeper/shared/readings";
import type { PolicySource } from "../../policy/policy.ts";
import type { ClusterView } from "../../state/cluster/cluster-holder.ts";
import type { StateHolder } from "../../state/holder.ts";
import type { Store } from "../../store/store.ts";
import type { Controller } from "../controller/controller.ts";
import type { Override } from "../decisions/decisions.ts";
import { overridable } from "../decisions/in-force.ts";
import { itemOf } from "../longhorn/longhorn-items.ts";
import type { Reconciler } from "../reconciler.ts";
import { domainOfKey } from "../support/label-syntax.ts";
import { explainForeign } from "./explain-foreign.ts";
import { explainNode, explanationOf } from "./explain-node.ts";
import { isMeant, labelKey, shortItem } from "./item-name.ts";

/** What is asked, and what it is told from. */
export interface ExplainRequest {
  readonly node: string;
  /** Undefined: everything that concerns it. */
  readonly item: string | undefined;
  /** Those that are in force. */
  readonly overrides: readonly Override[];
  readonly reconcilers: readonly Pick<Reconciler, "name">[];
  readonly controller: Pick<Controller, "picture">;
  readonly policy: Pick<PolicySource, "current">;
  readonly cluster: Pick<ClusterView, "knowledge" | "node">;
  readonly state: Pick<StateHolder, "node">;
  readonly store: Pick<Store, "listAudit">;
}

/** So far back the audit of the node is looked through. */
const maximumRecords = 300;

/** Explains. Throws NOT_FOUND where there is no such node, or nothing of the name on it. */
export async function explainOnRequest(request: ExplainRequest): Promise<readonly Explanation[]> {
  const { node, item, overrides, reconcilers, controller, cluster, store } = request;
  const pictures = reconcilers.flatMap(({ name }) => controller.picture(name, node) ?? []);
  const isThere = cluster.node(node) !== undefined || pictures.some(({ seen }) => seen !== undefined); // a Service
  if (!isThere) return [withoutNode(request)];
  // Why something is so can be told without the audit, too.
  const records = foldAudit(await store.listAudit({ node, before: undefined, limit: maximumRecords }).catch(() => []));
  const all = explainNode({ pictures, overrides, records });
  if (item === undefined) return all;
  const meant = all.filter((explanation) => isMeant(item, explanation.item, request.policy.current.domain));
  if (meant.length > 0) return meant;
  const heldAsAWhole = all.filter((explanation) => explanation.item === "" && isOfOurs(request, item));
  return heldAsAWhole.length > 0 ? heldAsAWhole : [notOurs(request, item, all)];
}

function isOfOurs({ policy }: ExplainRequest, words: string): boolean {
  const { domain, conditions } = policy.current;
  if (itemOf(words) !== undefined) return true;
  return domainOfKey(labelKey(words, domain)) === domain || conditions.some((type) => type === words);
}

/** An agent may be heard of whose machine is no Node. */
function withoutNode({ node, item = "", cluster, state }: ExplainRequest): Explanation {
  const isUnknown = cluster.knowledge.kind === "unknown";
  if (!isUnknown && state.node(node) === undefined)
    throw new AppError("NOT_FOUND", `neither the cluster nor an agent knows a node ${node}`);
  return explanationOf(
    { reconciler: "", noun: "node", node, item },
    {
      wanted: "hold",
      why: isUnknown
        ? "the cluster's Nodes were not listed yet"
        : "the cluster has no Node of this name: there is nothing to write to",
      next: isUnknown ? "goes on when the cluster's API is heard" : "is described when it joins the cluster",
    },
  );
}

function notOurs({ node, cluster, policy }: ExplainRequest, words: string, all: readonly Explanation[]): Explanation {
  const live = cluster.node(node);
  const foreign = live && (explainForeign(live, words) ?? explainForeign(live, labelKey(words, policy.current.domain)));
  if (foreign !== undefined) return foreign;
  const { domain, source } = policy.current;
  const item = labelKey(words, domain);
  const known = all.map((one) => shortItem(one.item, domain)).filter((name) => name !== "");
  const meant = didYouMean(shortItem(item, domain), known);
  if (domainOfKey(item) !== domain)
    throw new AppError(
      "NOT_FOUND",
      `the Node ${node} has no ${words}, and nothing of ours would write it: our domain is ${domain}${meant}`,
    );
  return explanationOf(
    { reconciler: overridable, noun: "label", node, item },
    {
      ...{ wanted: "absent", why: `the policy (${source}) has no rule for it, and it is not there${meant}` },
      next: "comes with a rule of the policy, or with an override",
    },
  );
}
