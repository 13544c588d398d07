/** POST /api/v1/plan/approve */
import { ApprovedPlan, PlanApproval } from "@nodekeeper/shared/api";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Lets go what was shown. */
export const planApprove: Route = defineRoute({
  name: "plan-approve",
  method: "POST",
  path: "/api/v1/plan/approve",
  access: "admin",
  tag: "cluster",
  summary: "Approve the plan that was looked at",
  description:
    "The first plan: from then on the modes of the policy hold, and nodes that come later follow by themselves. A later one: exactly its " +
    "operations are done, once. A plan that is another by now is refused. Dwell, brake, maintenance and pause hold all the same.",
  body: PlanApproval,
  audit: {
    action: "plan.approve",
    target: (_path, { hash = "" }) => ({ kind: hash === "" ? "" : "plan", name: hash.slice(0, 12) }),
  },
  success: { status: 200, description: "What was approved", contentType: "application/json", schema: ApprovedPlan },
  refusals: {
    409: `The plan is another by now, or nothing waits for an approval. ${noClusterRefusal}`,
    503: "It cannot be kept now",
  },
  async handle(context, { body, caller }) {
    const approved = await requireReconciliation(context).approve(body.hash, caller.name);
    const { operations } = approved;
    return { kind: "body", body: approved, noted: `${operations} ${operations === 1 ? "operation" : "operations"}` };
  },
});
