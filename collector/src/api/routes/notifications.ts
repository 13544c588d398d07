/** GET /api/v1/notifications */
import { NotificationOverview } from "@nodekeeper/shared/api";
import { defineRoute, type Route } from "../route.ts";

/** How people are told, and how that is doing. */
export const notifications: Route = defineRoute({
  name: "notifications",
  method: "GET",
  path: "/api/v1/notifications",
  access: "read",
  tag: "collector",
  summary: "Channels by which people are told, how they are doing, and what waits",
  description: "No secret is in it. Without --notifications there is no channel.",
  success: { status: 200, description: "The channels", contentType: "application/json", schema: NotificationOverview },
  handle: ({ notifications }) => ({ kind: "body", body: notifications.overview() }),
});
