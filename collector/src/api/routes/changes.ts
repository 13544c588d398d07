/** GET /api/v1/changes */
import { ChangeList, ChangeListQuery } from "@nodekeeper/shared/api";
import { listChanges } from "../change-list/list-changes.ts";
import { defineRoute, type Route } from "../route.ts";

/** How the equipment of all nodes changed. */
export const changes: Route = defineRoute({
  name: "changes",
  method: "GET",
  path: "/api/v1/changes",
  access: "read",
  tag: "nodes",
  summary: "How the equipment of all nodes changed",
  description:
    "Disks, memory, processors, boards, network hardware, systems and kernels: what came, went, moved and changed, the newest first. " +
    "Changes are kept for five years. What was there when a node was first seen is no change.",
  queryParameters: ChangeListQuery,
  success: { status: 200, description: "The changes", contentType: "application/json", schema: ChangeList },
  refusals: { 503: "The database cannot be read now" },
  handle: async ({ store }, { query }) => ({ kind: "body", body: await listChanges(store, undefined, query) }),
});
