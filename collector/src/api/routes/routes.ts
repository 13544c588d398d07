/** GET /api/v1/routes */
import { RouteTableBody } from "@nodekeeper/shared/api";
import { routeTableBody } from "../present/route-bodies.ts";
import { defineRoute, type Route } from "../route.ts";
import { tagged } from "../tagged.ts";

/** The table of routes. */
export const routesRoute: Route = defineRoute({
  name: "routes",
  method: "GET",
  path: "/api/v1/routes",
  access: "gpu:read",
  tag: "gpus",
  summary: "Where requests for models go",
  description:
    "Every Ollama server, whether it answers and what it is for; and of each model which servers can take it, the best first.",
  success: { status: 200, description: "The routes", contentType: "application/json", schema: RouteTableBody },
  handle({ routing }) {
    return tagged(routeTableBody(routing));
  },
});
