/** GET /api/v1/decommission/{name} */
import { Decommission } from "@nodekeeper/shared/api";
import { NodeNameParameter } from "../path-parameters.ts";
import { requireBlastRadius } from "../require-blast-radius.ts";
import { noClusterRefusal } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** What must be done before a node may be taken away. */
export const decommission: Route = defineRoute({
  name: "decommission",
  method: "GET",
  path: "/api/v1/decommission/{name}",
  access: "read",
  tag: "cluster",
  summary: "What must be done, in order, before a node may be taken away for good",
  description:
    "Each step with its command and how far it is, by what the cluster says now: replicas are counted by Longhorn's own list of them, so that a disk " +
    "that is not ready is not taken for empty. Nothing is done by asking.",
  pathParameters: NodeNameParameter,
  success: { status: 200, description: "The steps", contentType: "application/json", schema: Decommission },
  refusals: { 404: "No node has this name", 409: noClusterRefusal },
  isLong: true,
  async handle(context, { path }) {
    const untilItEnds = new AbortController().signal; // which it does by itself, after twenty seconds at most
    return { kind: "body", body: await requireBlastRadius(context).decommission(path.name, untilItEnds) };
  },
});
