/** GET /api/v1/disks */
import { type Disk, DiskList, DiskListQuery } from "@nodekeeper/shared/api";
import { listDisks } from "../disk-list/list-disks.ts";
import { requireEntry } from "../require-node.ts";
import { defineRoute, type Route, type RouteContext } from "../route.ts";
import { tagged } from "../tagged.ts";

/** All disks of the fleet. */
export const disks: Route = defineRoute({
  name: "disks",
  method: "GET",
  path: "/api/v1/disks",
  access: "read",
  tag: "nodes",
  summary: "All disks of the fleet, the worst first",
  description:
    "Disks, without partitions, loops and arrays, with their health, wear and temperature, when they are worn out, and what was found about them. " +
    "Those that are missed are among them. Under `incomplete` stand nodes of which not all disks are known. " +
    "A forecast may be an hour old; it is left out where the disk does not tell its wear or the history cannot be read.",
  queryParameters: DiskListQuery,
  success: { status: 200, description: "The disks", contentType: "application/json", schema: DiskList },
  refusals: { 404: "`node` names a node that is not known" },
  async handle({ fleet, state, findings, wear }, { query }) {
    fleet.refresh();
    if (query.node !== undefined) requireEntry({ fleet, state }, query.node);
    const list = listDisks(fleet.entries(), (node) => findings.ofNode(node), query);
    return tagged({ ...list, disks: await withForecasts(list.disks, wear) });
  },
});

/** Only those of the page: each is a year of history. */
async function withForecasts(disks: readonly Disk[], wear: RouteContext["wear"]): Promise<Disk[]> {
  const nodes = [...new Set(disks.filter(({ wornPercent }) => wornPercent !== undefined).map(({ node }) => node))];
  const forecasts = new Map(await Promise.all(nodes.map(async (node) => [node, await wear.ofNode(node)] as const)));
  return disks.map((disk) => {
    const forecast = forecasts.get(disk.node)?.get(disk.id);
    return forecast === undefined ? disk : { ...disk, forecast };
  });
}
