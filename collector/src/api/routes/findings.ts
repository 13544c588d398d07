/** GET /api/v1/findings */
import { FindingList, FindingListQuery } from "@nodekeeper/shared/api";
import { listFindings } from "../finding-list/list-findings.ts";
import { timeProblems } from "../problem/time-problems.ts";
import { requestInvalid } from "../problem/validation.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";
import { tagged } from "../tagged.ts";

/** What is wrong, and what was. */
export const findings: Route = defineRoute({
  name: "findings",
  method: "GET",
  path: "/api/v1/findings",
  access: "health:read",
  tag: "findings",
  summary: "What is wrong, and what was",
  description:
    "Pending and firing findings, the loudest first; resolved ones too where `state` asks for them: the last 10,000 of the time that is asked for. " +
    "Those of the cluster as a whole have an empty `node`.",
  queryParameters: FindingListQuery,
  success: { status: 200, description: "The findings", contentType: "application/json", schema: FindingList },
  refusals: {
    404: "`node` names a node that is not known",
    503: "Resolved findings were asked for, and the database cannot be read now",
  },
  async handle(context, { query }) {
    const problems = timeProblems({ since: query.since, until: query.until });
    if (problems.length > 0) throw requestInvalid(problems);
    const list = await listFindings(context, query);
    const { node = "" } = query;
    if (node !== "" && list.total === 0) requireNode(context.state, node); // those of a retired one are kept
    return tagged(list);
  },
});
