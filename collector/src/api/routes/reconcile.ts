/** GET /api/v1/reconcile */
import { ReconcileOverview } from "@nodekeeper/shared/api";
import { noClusterText } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Whether anything is written, and what keeps it. */
export const reconcile: Route = defineRoute({
  name: "reconcile",
  method: "GET",
  path: "/api/v1/reconcile",
  access: "read",
  tag: "cluster",
  summary: "How writing to the cluster goes",
  description:
    "Which collector writes, whether it may now and why not, the policy with its modes, what was approved, the brake, and how much waits. The " +
    "answer is 200 also where there is no cluster; `isConfigured` is false then.",
  success: { status: 200, description: "How it goes", contentType: "application/json", schema: ReconcileOverview },
  handle({ reconciliation }) {
    const body = reconciliation?.status() ?? { isConfigured: false as const, notWritingBecause: noClusterText };
    return { kind: "body", body };
  },
});
