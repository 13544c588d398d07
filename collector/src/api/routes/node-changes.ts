/** GET /api/v1/nodes/{name}/changes */
import { ChangeList, ChangeListQuery } from "@nodekeeper/shared/api";
import { listChanges } from "../change-list/list-changes.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** How the equipment of one node changed. */
export const nodeChanges: Route = defineRoute({
  name: "node-changes",
  path: "/api/v1/nodes/{name}/changes",
  tag: "nodes",
  summary: "How the equipment of one node changed",
  description: "As GET /api/v1/changes, of one node.",
  pathParameters: NodeNameParameter,
  queryParameters: ChangeListQuery,
  success: { status: 200, description: "The changes", contentType: "application/json", schema: ChangeList },
  refusals: { 404: "No node has this name; the nearest name is suggested", 503: "The database cannot be read now" },
  handle: async ({ state, store }, { path, query }) => ({
    kind: "body",
    body: await listChanges(store, requireNode(state, path.name).name, query),
  }),
});
