/** GET /metrics/nodes */
import { expositionType } from "../../exposition/exposition.ts";
import { defineRoute, type Route } from "../route.ts";

/** The nodes' numbers. */
export const metricsNodes: Route = defineRoute({
  name: "metrics-nodes",
  method: "GET",
  path: "/metrics/nodes",
  access: "metrics:read",
  tag: "collector",
  summary: "The nodes' numbers",
  description:
    "For Prometheus, in its text format: how every node is, with its probes, findings, disks, filesystems, GPUs, tailnet and models. Apart from /metrics, " +
    "so that it can be read less often: it is some ten kB a node. What is unknown or overdue is not there.",
  success: { status: 200, description: "The metrics", contentType: "text/plain" },
  refusals: { 503: "as many readers are served as may be" },
  async handle({ fleetMetrics }) {
    return { kind: "pieces", contentType: expositionType, pieces: fleetMetrics.page() };
  },
});
