/** Who did what, and who was refused: kept for a year. */
import { type Static, Type } from "typebox";
import { PlaceCursor, Timestamp } from "./common.ts";

/** One thing that somebody did, or tried to do. */
export const AuditRecord = Type.Object({
  id: Type.Integer({ description: "grows with each record" }),
  at: Timestamp,
  actor: Type.Object(
    {
      kind: Type.Enum(["user", "token", "agent", "local", "collector"], {
        description:
          "user: a person by the proxy's word; token: whoever holds an API token; agent: an agent by its credential; " +
          "local: somebody on the collector's own machine; collector: itself",
      }),
      name: Type.String({ description: "of the user, the token or the agent's node; may be empty where nobody was proven" }),
    },
    { description: "who did it" },
  ),
  action: Type.String({ description: "what was done, e.g. token.create, credential.revoke, agent.refused" }),
  target: Type.Object(
    { kind: Type.String(), name: Type.String() },
    { description: "what it was done to, e.g. node siberian; both are empty where it is nothing in particular" },
  ),
  outcome: Type.Enum(["begun", "done", "refused", "failed"], {
    description:
      "refused: the actor may not, or could not prove who it is; failed: it was allowed and did not succeed; begun: a write on the cluster is about " +
      "to be made, and another record says how it ended, unless the collector did first",
  }),
  detail: Type.String({ description: "more of it in a few words; may be empty" }),
  requestId: Type.Optional(Type.String({ description: "of the request to the API, as in the log" })),
  changes: Type.Optional(
    Type.Array(Type.Object({ item: Type.String(), before: Type.Optional(Type.String()), after: Type.Optional(Type.String()) }), {
      description: "what a write on the cluster changes; not there: nothing was, or nothing is",
    }),
  ),
});
export type AuditRecord = Static<typeof AuditRecord>;

/** What GET /api/v1/audit may be asked. */
export const AuditListQuery = Type.Object({
  node: Type.Optional(Type.String({ maxLength: 253, description: "only what was done to this node, or by its agent" })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: "at most so many, the newest first" }),
  ),
  cursor: Type.Optional(PlaceCursor),
});
export type AuditListQuery = Static<typeof AuditListQuery>;

/** GET /api/v1/audit */
export const AuditList = Type.Object({
  records: Type.Array(AuditRecord),
  nextCursor: Type.Optional(Type.String({ description: "where the next page begins; not there on the last" })),
});
export type AuditList = Static<typeof AuditList>;
