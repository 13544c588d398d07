/** GET /api/v1/nodes/{name}/health */
import { NodeHealth } from "@nodekeeper/shared/api";
import { viewNode } from "../../state/node-view.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { nodeHealth } from "../present/node-health.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** The verdict on one node. */
export const nodeHealthRoute: Route = defineRoute({
  name: "node-health",
  path: "/api/v1/nodes/{name}/health",
  tag: "nodes",
  summary: "The verdict on one node",
  description:
    "Its status with the reason, the findings behind it, and under `unknowns` everything that could not be told, with the reason: the verdict " +
    "does not cover it. The answer is 200 whatever the status.",
  pathParameters: NodeNameParameter,
  success: { status: 200, description: "The health", contentType: "application/json", schema: NodeHealth },
  refusals: { 404: "No node has this name; the nearest name is suggested" },
  handle({ state, findings, clock }, { path }) {
    const node = requireNode(state, path.name);
    const view = viewNode(node, clock.wallMs());
    return { kind: "body", body: nodeHealth(view, findings.ofNode(node.name), findings.recoveredAtMs(node.name)) };
  },
});
