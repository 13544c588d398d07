/** GET /api/v1/decisions */
import { DecisionList } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** What people decided about findings. */
export const decisions: Route = defineRoute({
  name: "decisions",
  method: "GET",
  path: "/api/v1/decisions",
  access: "health:read",
  tag: "findings",
  summary: "What people decided about findings",
  description:
    "Acknowledgements, accepted advice, mutes and maintenance that did not end, also those that begin later. The audit has those that ended.",
  success: { status: 200, description: "The decisions", contentType: "application/json", schema: DecisionList },
  handle: ({ attention }) => ({ kind: "body", body: { decisions: [...attention.decisions()] } }),
});
