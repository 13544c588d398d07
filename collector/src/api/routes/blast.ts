/** GET /api/v1/blast/{name} */
import { Blast, BlastQuery } from "@nodekeeper/shared/api";
import { DyingNameParameter } from "../path-parameters.ts";
import { requireBlastRadius } from "../require-blast-radius.ts";
import { noClusterRefusal } from "../require-reconciliation.ts";
import { defineRoute, type Route } from "../route.ts";

/** What would break if a node or a disk died now. */
export const blast: Route = defineRoute({
  name: "blast",
  method: "GET",
  path: "/api/v1/blast/{name}",
  access: "read",
  tag: "cluster",
  summary: "What would break if a node or a disk died now",
  description:
    "The gravest first: volumes whose last whole copy is there, claims that live nowhere else, etcd's majority, the way to the backups, work that can " +
    "run nowhere else, models that no other Ollama has; then what goes on with less, and what comes back elsewhere. With commands, of which the " +
    "first is safe now. It is read from the cluster anew; `unknown` says what could not be. Room on other nodes is not counted.",
  pathParameters: DyingNameParameter,
  queryParameters: BlastQuery,
  success: { status: 200, description: "What would break", contentType: "application/json", schema: Blast },
  refusals: { 404: "No node and no disk has this name", 409: `The name fits several disks; or: ${noClusterRefusal}` },
  isLong: true,
  async handle(context, { path, query }) {
    const target = { node: path.name, disk: query.disk };
    const untilItEnds = new AbortController().signal; // which it does by itself, after twenty seconds at most
    return { kind: "body", body: await requireBlastRadius(context).of(target, untilItEnds) };
  },
});
