/** GET /api/v1/nodes/{name}/health */
import { NodeHealth, NodeHealthQuery, type NodeStatus } from "@nodekeeper/shared/api";
import { healthJsonOf, healthLineOf } from "../health-of.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { requestInvalid } from "../problem/validation.ts";
import { requireEntry } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** Where a monitor is to speak up. A machine that its owner switched off is no reason. */
const defaultFailOn: readonly NodeStatus[] = ["failed", "unknown"];

/** The verdict on one node. */
export const nodeHealthRoute: Route = defineRoute({
  name: "node-health",
  method: "GET",
  path: "/api/v1/nodes/{name}/health",
  access: "health:read",
  tag: "nodes",
  summary: "The verdict on one node",
  description:
    "Its status with the reason, the findings behind it with evidence and what to do, how fresh each probe is, and under `unknowns` everything that " +
    "could not be told, with the reason: the verdict does not cover it. The answer is 200 whatever the status, unless `probe=plain` asks for one line " +
    "of text that monitors can judge by its status: 503 for a node that is failed or unknown, or in one of the states of `failOn`.",
  pathParameters: NodeNameParameter,
  queryParameters: NodeHealthQuery,
  success: {
    status: 200,
    description: "The health",
    contentType: "application/json",
    schema: NodeHealth,
    plain: {
      200: "With probe=plain, status and reason in one line: the node is ok, degraded or asleep, or in no state of `failOn`",
      503: "Only with probe=plain: the node is failed or unknown, or in a state of `failOn`; the same line",
    },
  },
  refusals: { 404: "No node has this name; the nearest name is suggested" },
  handle({ fleet, state, findings }, { path, query }) {
    const entry = requireEntry({ fleet, state }, path.name);
    if (query.probe === undefined) {
      if (query.failOn !== undefined) throw requestInvalid(['query parameter "failOn" goes with probe=plain only']);
      const etag = `${fleet.stream}-${entry.touchedVersion}`;
      return { kind: "json", etag, render: () => healthJsonOf(entry, findings) };
    }
    const { failOn = defaultFailOn } = query;
    const { status, reason, since } = healthLineOf(entry, findings);
    const text = `${status}: ${oneLine(reason)} (since ${since})\n`;
    return { kind: "text", contentType: "text/plain; charset=utf-8", text, status: failOn.includes(status) ? 503 : 200 };
  },
});

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
