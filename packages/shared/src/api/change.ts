/** Changes of what nodes are made of, kept for years. */
import { type Static, Type } from "typebox";
import { PlaceCursor, Timestamp } from "./common.ts";

const FieldValue = Type.Union([Type.String(), Type.Number()]);

/** One change of one thing. */
export const Change = Type.Object({
  id: Type.Integer({ description: "grows with each change that is recorded" }),
  at: Timestamp,
  node: Type.String(),
  change: Type.Enum(["first_seen", "appeared", "returned", "disappeared", "changed", "moved_here", "moved_away"], {
    description:
      "first_seen: the node itself, or another machine under its name; all that it had then is no change of its own. " +
      "moved_here and moved_away: the same disk was, or is, on `otherNode`",
  }),
  subject: Type.Object({ kind: Type.String(), id: Type.String() }),
  text: Type.String({ description: "what happened, in one sentence" }),
  fields: Type.Array(
    Type.Object({
      name: Type.String({ description: "as in the value of the subject, e.g. firmwareRevision" }),
      before: Type.Optional(FieldValue),
      after: Type.Optional(FieldValue),
    }),
    { description: "what it was and what it is; a side that is not there was not known, or there was nothing" },
  ),
  otherNode: Type.Optional(Type.String({ description: "where the same disk was or is" })),
});
export type Change = Static<typeof Change>;

/** What the changes may be asked. */
export const ChangeListQuery = Type.Object({
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: "at most so many, the newest first" }),
  ),
  cursor: Type.Optional(PlaceCursor),
});
export type ChangeListQuery = Static<typeof ChangeListQuery>;

/** GET /api/v1/changes and GET /api/v1/nodes/{name}/changes */
export const ChangeList = Type.Object({
  changes: Type.Array(Change),
  nextCursor: Type.Optional(Type.String({ description: "where the next page begins; not there on the last" })),
});
export type ChangeList = Static<typeof ChangeList>;
