/** GET /api/v1/overrides */
import { OverrideList } from "@nodekeeper/shared/api";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** What people want otherwise than the policy. */
export const overrides: Route = defineRoute({
  name: "overrides",
  method: "GET",
  path: "/api/v1/overrides",
  access: "read",
  tag: "cluster",
  summary: "What people want otherwise than the policy, and until when",
  description: "Only those that are in force. Each ends by itself.",
  success: { status: 200, description: "The overrides", contentType: "application/json", schema: OverrideList },
  refusals: { 409: noClusterRefusal },
  handle: (context) => ({ kind: "body", body: { overrides: requireReconciliation(context).status().overrides } }),
});
