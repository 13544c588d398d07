/** POST /api/v1/decisions */
import { Decision, DecisionRequest } from "@nodekeeper/shared/api";
import { scopeText } from "../../attention/make-decision.ts";
import { nodeOfFindingId } from "../../evaluate/finding-life.ts";
import { defineRoute, type Route } from "../route.ts";

/** Takes a decision about findings. */
export const decisionCreate: Route = defineRoute({
  name: "decision-create",
  method: "POST",
  path: "/api/v1/decisions",
  access: "admin",
  tag: "findings",
  summary: "Acknowledge a finding, accept advice, mute findings, or begin maintenance",
  description:
    "It changes no finding, only who is told and what counts. An acknowledgement is of one finding, and ends by itself when that gets worse or is " +
    "resolved. Accepted is advice alone (low severity). A mute and maintenance have an end. During maintenance of a node nothing is taken from it.",
  body: DecisionRequest,
  audit: {
    action: "decision.create",
    target: (_path, { finding, scope }) => {
      const node = finding === undefined ? scope?.node : nodeOfFindingId(finding);
      return node === undefined || node === "" ? { kind: "", name: "" } : { kind: "node", name: node };
    },
  },
  success: { status: 201, description: "The decision", contentType: "application/json", schema: Decision },
  refusals: {
    404: "The finding is not open, or no such node or rule is known",
    409: "It was decided so already, or there are too many decisions",
    503: "It cannot be kept now",
  },
  async handle({ attention }, { body, caller }) {
    const made = await attention.decide(body, caller.name);
    const { id, kind, scope, from, until, reason } = made;
    const term = `${from === undefined ? "" : ` from ${from}`}${until === undefined ? "" : ` until ${until}`}`;
    return { kind: "body", body: made, noted: `${kind} ${id}: ${scopeText(scope)}${term}${reason === "" ? "" : `: ${reason}`}` };
  },
});
