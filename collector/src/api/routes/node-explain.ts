/** GET /api/v1/nodes/{name}/explain */
import { AppError } from "@nodekeeper/shared";
import { ExplanationList, ExplanationQuery } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireNode } from "../require-node.ts";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Why a node's object is as it is. */
export const nodeExplain: Route = defineRoute({
  name: "node-explain",
  method: "GET",
  path: "/api/v1/nodes/{name}/explain",
  access: "read",
  tag: "cluster",
  summary: "Why a label, condition or taint of a node is as it is",
  description:
    "For each item: what it is, who wrote it, what it should be and why, by which expression and which facts, what was there before us, what it " +
    "waits for, and what would change it. `item` names one, with or without our domain.",
  pathParameters: NodeNameParameter,
  queryParameters: ExplanationQuery,
  success: { status: 200, description: "The explanations", contentType: "application/json", schema: ExplanationList },
  refusals: { 404: "No node has this name, or it has no such item", 409: noClusterRefusal },
  async handle(context, { path, query }) {
    const explanations = [...(await requireReconciliation(context).explain(path.name, query.item))];
    if (explanations.length > 0) return { kind: "body", body: { explanations } };
    const { name } = requireNode(context.state, path.name);
    if (query.item === undefined) return { kind: "body", body: { explanations } };
    throw new AppError("NOT_FOUND", `nothing that nodekeeper knows of ${name} is called "${query.item}"`);
  },
});
