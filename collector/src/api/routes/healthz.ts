/** GET /healthz */
import { defineRoute, type Route } from "../route.ts";

/** Whether the process answers. */
export const healthz: Route = defineRoute({
  name: "healthz",
  method: "GET",
  path: "/healthz",
  access: "anyone",
  tag: "collector",
  summary: "Whether the collector's process answers",
  description: "200 as long as the event loop turns. Whether the collector can do its work says /readyz.",
  success: { status: 200, description: "It does", contentType: "text/plain" },
  handle: () => ({ kind: "text", contentType: "text/plain; charset=utf-8", text: "ok\n" }),
});
