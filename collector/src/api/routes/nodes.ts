/** GET /api/v1/nodes */
import { NodeList, NodeListQuery } from "@nodekeeper/shared/api";
import { listNodes } from "../node-list/list-nodes.ts";
import { defineRoute, type Route } from "../route.ts";

/** The fleet, one line a node. */
export const nodes: Route = defineRoute({
  name: "nodes",
  method: "GET",
  path: "/api/v1/nodes",
  access: "read",
  tag: "nodes",
  summary: "The fleet, one line a node",
  description:
    "All nodes that are known, silent ones too, with their status and the numbers that fit into a line. What is unknown is left out. " +
    "The ETag changes when any node does.",
  queryParameters: NodeListQuery,
  success: { status: 200, description: "The nodes", contentType: "application/json", schema: NodeList },
  handle({ fleet }, { query }) {
    fleet.refresh();
    return {
      kind: "json",
      etag: `${fleet.stream}-${fleet.nodesVersion}`,
      render() {
        const { entries, total, nextCursor } = listNodes(fleet.entries(), query);
        const rest = { total, stream: fleet.stream, version: fleet.version, ...(nextCursor === undefined ? {} : { nextCursor }) };
        return `{"nodes":[${entries.map((entry) => entry.json).join(",")}],${JSON.stringify(rest).slice(1)}`;
      },
    };
  },
});
