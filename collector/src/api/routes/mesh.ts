/** GET /api/v1/mesh */
import { Mesh, MeshQuery } from "@nodekeeper/shared/api";
import { listPaths } from "../mesh/list-paths.ts";
import { requireEntry } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";
import { tagged } from "../tagged.ts";

/** The ways between the machines. */
export const mesh: Route = defineRoute({
  name: "mesh",
  method: "GET",
  path: "/api/v1/mesh",
  access: "read",
  tag: "nodes",
  summary: "The ways between machines over the tailnet, from both ends",
  description:
    "For each two machines that report here and of which one tells the way to the other: how packets go, as each end says, and whether the ends agree. " +
    "Where they do not, packets come back otherwise than they go; these come first. What a silent or stale end said is unknown, not guessed. " +
    "In a large tailnet an agent tells the ways to those that the collector asked for, and to the most active ones.",
  queryParameters: MeshQuery,
  success: { status: 200, description: "The ways", contentType: "application/json", schema: Mesh },
  refusals: { 404: "`node` names a node that is not known" },
  handle({ fleet, state, meshPicture }, { query }) {
    fleet.refresh();
    if (query.node !== undefined) requireEntry({ fleet, state }, query.node);
    return tagged(listPaths(meshPicture(), query));
  },
});
