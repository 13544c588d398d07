/** GET /api/v1/nodes/{name}/forecasts */
import { ForecastList } from "@nodekeeper/shared/api";
import { viewNode } from "../../state/node-view.ts";
import { historyOf } from "../history/history-of.ts";
import { NodeNameParameter } from "../path-parameters.ts";
import { forecastHistory, forecastList } from "../present/forecast-list.ts";
import { requireNode } from "../require-node.ts";
import { defineRoute, type Route } from "../route.ts";

const dayMs = 86_400_000;

/** When wear, space and inodes of one node are used up. */
export const nodeForecasts: Route = defineRoute({
  name: "node-forecasts",
  method: "GET",
  path: "/api/v1/nodes/{name}/forecasts",
  access: "read",
  tag: "nodes",
  summary: "When disks and filesystems of one node are used up",
  description:
    "For each disk that tells its wear, and for space and inodes of each filesystem: how fast it grows and when it reaches its limit, with the " +
    "interval that its history leaves open (a year for wear, 90 days for filesystems). Less than 14 days, or wear that was not seen to grow by " +
    "two percent, give no date but the reason.",
  pathParameters: NodeNameParameter,
  success: { status: 200, description: "The forecasts", contentType: "application/json", schema: ForecastList },
  refusals: { 404: "No node has this name; the nearest name is suggested", 503: "The database cannot be read now" },
  async handle({ state, store, clock }, { path }) {
    const node = requireNode(state, path.name);
    const toMs = clock.wallMs();
    const histories = await Promise.all(
      forecastHistory.map(({ kind, names, days }) =>
        historyOf(
          { state, store },
          { node: node.name, kind, id: undefined, names, fromMs: toMs - days * dayMs, toMs, resolution: "1h" },
        ),
      ),
    );
    const series = histories.flatMap((history) => history.series);
    return { kind: "body", body: forecastList(viewNode(node, toMs), series) };
  },
});
