/** GET /api/v1/health */
import { FleetHealth, FleetHealthQuery } from "@nodekeeper/shared/api";
import { listHealth } from "../list-health.ts";
import { defineRoute, type Route } from "../route.ts";
import { tagged } from "../tagged.ts";

/** The verdict on all nodes. */
export const health: Route = defineRoute({
  name: "health",
  method: "GET",
  path: "/api/v1/health",
  access: "health:read",
  tag: "nodes",
  summary: "The verdict on all nodes, the worst first",
  description:
    "How many nodes are in each state, and of each node its status with the reason in one sentence. " +
    "What is behind it says GET /api/v1/nodes/{name}/health.",
  queryParameters: FleetHealthQuery,
  success: { status: 200, description: "The health of the fleet", contentType: "application/json", schema: FleetHealth },
  handle({ fleet, findings }, { query }) {
    fleet.refresh();
    return tagged(listHealth(fleet.entries(), findings, query));
  },
});
