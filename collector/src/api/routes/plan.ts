/** GET /api/v1/plan */
import { createHash } from "node:crypto";
import { Plan } from "@nodekeeper/shared/api";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** What would be written. */
export const plan: Route = defineRoute({
  name: "plan",
  method: "GET",
  path: "/api/v1/plan",
  access: "read",
  tag: "cluster",
  summary: "What would be written on the cluster, and why it is not",
  description:
    "Every step that is wanted and not done, with what it waits for; everything that cannot be told now, and so stays as it is; and the hash by " +
    "which exactly this plan is approved. It is made anew at each request, and the cluster is not asked for it. The ETag changes when any of it does.",
  success: { status: 200, description: "The plan", contentType: "application/json", schema: Plan },
  refusals: { 409: noClusterRefusal },
  async handle(context) {
    const text = JSON.stringify(await requireReconciliation(context).plan()); // of thousands of nodes before the approval some megabytes
    return { kind: "json", etag: createHash("sha256").update(text).digest("base64url"), render: () => text };
  },
});
