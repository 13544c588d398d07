/** GET /api/v1/nodes/{name}/changes */
import { ChangeList, ChangeListQuery } from "@nodekeeper/shared/api";
import { listChanges } from "../change-list/list-changes.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

/** How the equipment of one node changed. */
export const nodeChanges: Route = defineRoute({
  name: "node-changes",
  method: "GET",
  path: "/api/v1/nodes/{name}/changes",
  access: "read",
  tag: "nodes",
  summary: "How the equipment of one node changed",
  description: "As GET /api/v1/changes, of one node; also of one that was retired.",
  pathParameters: NodeNameParameter,
  queryParameters: ChangeListQuery,
  success: { status: 200, description: "The changes", contentType: "application/json", schema: ChangeList },
  refusals: { 404: "No node has this name; the nearest name is suggested", 503: "The database cannot be read now" },
  async handle({ state, store }, { path, query }) {
    const list = await listChanges(store, path.name, query);
    if (list.changes.length === 0) requireNode(state, path.name); // changes of a node that was retired are kept
    return { kind: "body", body: list };
  },
});
