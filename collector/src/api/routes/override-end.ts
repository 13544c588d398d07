/** DELETE /api/v1/overrides/{name} */
import { OverrideEndQuery, OverrideList } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Lets the policy decide again. */
export const overrideEnd: Route = defineRoute({
  name: "override-end",
  method: "DELETE",
  path: "/api/v1/overrides/{name}",
  access: "admin",
  tag: "cluster",
  summary: "End an override before its time",
  description: "The policy decides again. The answer has those of the node that are left.",
  pathParameters: NodeNameParameter,
  queryParameters: OverrideEndQuery,
  audit: { action: "override.end", target: ({ name = "" }) => ({ kind: "node", name }) },
  success: { status: 200, description: "Those that are left", contentType: "application/json", schema: OverrideList },
  refusals: { 404: "There is no such override", 409: noClusterRefusal, 503: "It cannot be kept now" },
  async handle(context, { path, query, caller }) {
    const reconciliation = requireReconciliation(context);
    await reconciliation.endOverride({ node: path.name, item: query.item }, caller.name);
    const overrides = reconciliation.status().overrides.filter(({ node }) => node === path.name);
    return { kind: "body", body: { overrides }, noted: query.item };
  },
});
