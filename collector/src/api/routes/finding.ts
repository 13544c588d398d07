/** GET /api/v1/findings/{id} */
import { AppError } from "@nodekeeper/shared";
import { FindingLife } from "@nodekeeper/shared/api";
import { Type } from "typebox";
import { lifeOf } from "../finding-list/life-of.ts";
import { defineRoute, type Route } from "../route.ts";
import { tagged } from "../tagged.ts";

/** Of the audit of its node, the newest so many are looked at. */
const maximumRecords = 1000;

/** One finding and what became of it. */
export const finding: Route = defineRoute({
  name: "finding",
  method: "GET",
  path: "/api/v1/findings/{id}",
  access: "health:read",
  tag: "findings",
  summary: "One finding, and its life",
  description:
    "The finding as it is now or was when it was resolved, and what is known of its life: when its condition was seen, when it fired, became worse " +
    "or better, what people decided, and when it was resolved. Resolved ones are kept for a year. In the path, `/` in the id is written %2F.",
  pathParameters: Type.Object({
    id: Type.String({ minLength: 1, maxLength: 1024, description: "`id` of the finding, as lists of findings tell it" }),
  }),
  success: { status: 200, description: "The finding", contentType: "application/json", schema: FindingLife },
  refusals: { 404: "No finding has this id", 503: "The database cannot be read now" },
  async handle({ findings, store }, { path: { id } }) {
    const open = findings.all().find((each) => each.id === id);
    const [found = open] =
      open === undefined ? await store.listFindings({ node: undefined, includeResolved: true, id, limit: 1 }) : [];
    if (found === undefined) {
      throw new AppError("NOT_FOUND", "no finding has this id; GET /api/v1/findings?state=pending,firing,resolved lists them");
    }
    const { node } = found; // what is decided about findings of the cluster is not written down under a node
    const records = node === "" ? [] : await store.listAudit({ node, before: undefined, limit: maximumRecords });
    return tagged({ finding: found, events: lifeOf(found, records) });
  },
});
