/** GET /api/v1/nodes/{name} */
import { NodeDetail } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** Everything about one node. */
export const node: Route = defineRoute({
  name: "node",
  method: "GET",
  path: "/api/v1/nodes/{name}",
  access: "read",
  tag: "nodes",
  summary: "Everything about one node",
  description:
    "Every subject with its own outcome, freshness and last good value, the probes that read them, the lists and whether they are whole, " +
    "open findings, and what the agent had to drop. The ETag changes when anything of the node does.",
  pathParameters: NodeNameParameter,
  success: { status: 200, description: "The node", contentType: "application/json", schema: NodeDetail },
  refusals: { 404: "No node has this name; the nearest name is suggested" },
  handle({ fleet, state }, { path }) {
    fleet.refresh();
    const { name } = requireNode(state, path.name);
    const etag = `${fleet.stream}-${fleet.entry(name)?.touchedVersion}`;
    return { kind: "json", etag, render: () => fleet.detailJson(name) ?? "null" };
  },
});
