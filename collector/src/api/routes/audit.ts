/** GET /api/v1/audit */
import { AuditList, AuditListQuery } from "@nodekeeper/shared/api";
import { placeCursorOf, readPlaceCursor } from "../place-cursor.ts";
import { defineRoute, type Route } from "../route.ts";

const defaultLimit = 100;

/** Who did what. */
export const audit: Route = defineRoute({
  name: "audit",
  method: "GET",
  path: "/api/v1/audit",
  access: "admin",
  tag: "access",
  summary: "Who did what, and who was refused",
  description: "The newest first, kept for a year. Refusals that repeat are told once a minute with their number.",
  queryParameters: AuditListQuery,
  success: { status: 200, description: "The records", contentType: "application/json", schema: AuditList },
  refusals: { 503: "The database cannot be read now" },
  async handle({ store }, { query }) {
    const { node, limit = defaultLimit, cursor } = query;
    const before = readPlaceCursor(cursor);
    const found = await store.listAudit({ ...(node === undefined ? {} : { node }), before, limit: limit + 1 });
    const records = found.slice(0, limit);
    const last = records.at(-1);
    const isLastPage = last === undefined || found.length <= limit;
    return { kind: "body", body: { records, ...(isLastPage ? {} : { nextCursor: placeCursorOf(last) }) } };
  },
});
