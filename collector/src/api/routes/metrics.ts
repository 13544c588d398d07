/** GET /metrics */
import { defineRoute, type Route } from "../route.ts";

/** The collector's own numbers. */
export const metrics: Route = defineRoute({
  name: "metrics",
  method: "GET",
  path: "/metrics",
  access: "metrics:read",
  tag: "collector",
  summary: "The collector's own numbers",
  description: "For Prometheus, in its text format: how the collector itself does. The nodes' numbers are at /metrics/nodes.",
  success: { status: 200, description: "The metrics", contentType: "text/plain" },
  async handle({ metrics: page }) {
    return { kind: "text", contentType: page.contentType, text: await page.metrics() };
  },
});
