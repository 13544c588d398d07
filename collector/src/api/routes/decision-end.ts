/** DELETE /api/v1/decisions/{id} */
import { Decision } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { scopeText } from "../../attention/make-decision.ts";
import { defineRoute, type Route } from "../route.ts";

/** Ends a decision. */
export const decisionEnd: Route = defineRoute({
  name: "decision-end",
  method: "DELETE",
  path: "/api/v1/decisions/{id}",
  access: "admin",
  tag: "findings",
  summary: "End a decision before its time",
  description: "Its findings count and are told again. The answer is the decision as it was.",
  pathParameters: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description: "id of the decision" }) }),
  audit: { action: "decision.end", target: ({ id = "" }) => ({ kind: "decision", name: id }) },
  success: { status: 200, description: "What was decided", contentType: "application/json", schema: Decision },
  refusals: { 404: "There is no such decision, or it ended by itself", 503: "It cannot be ended now" },
  async handle({ attention }, { path }) {
    const ended = await attention.end(path.id);
    const { id, kind, by, scope } = ended;
    const noted = `${kind} ${id} of ${by}: ${scopeText(scope)}`;
    const { node = "" } = scope;
    return { kind: "body", body: ended, noted, ...(node === "" ? {} : { target: { kind: "node", name: node } }) };
  },
});
