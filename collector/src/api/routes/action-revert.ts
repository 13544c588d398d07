/** POST /api/v1/actions/{id}/revert */
import { OverrideList, RevertRequest } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { noClusterRefusal, requireReconciliation } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** Takes back one write. */
export const actionRevert: Route = defineRoute({
  name: "action-revert",
  method: "POST",
  path: "/api/v1/actions/{id}/revert",
  access: "admin",
  tag: "cluster",
  summary: "Take back one write on the cluster",
  description:
    "What was there before the action is written again, and kept so until the time is over: overrides, which can be ended before. `id` is that of " +
    "the audit's record.",
  pathParameters: Type.Object({ id: Type.Integer({ minimum: 1, description: "id of the record in the audit" }) }),
  body: RevertRequest,
  audit: {
    action: "action.revert",
    target: ({ id }) => (id === undefined ? { kind: "", name: "" } : { kind: "action", name: String(id) }),
  },
  success: { status: 200, description: "The overrides that keep it so", contentType: "application/json", schema: OverrideList },
  refusals: {
    404: "The audit has no such record",
    409: `The action wrote nothing that could be taken back. ${noClusterRefusal}`,
    503: "It cannot be kept now",
  },
  async handle(context, { path, body, caller }) {
    const untilMs = context.clock.wallMs() + body.forSeconds * 1000;
    const made = await requireReconciliation(context).revert(path.id, { untilMs, by: caller.name });
    const items = made.map(({ node, item }) => `${node} ${item}`).join(", ");
    return { kind: "body", body: { overrides: [...made] }, noted: items };
  },
});
