/** Parts that many bodies of the API share. */
import { type Static, Type } from "typebox";

/** RFC 3339, UTC, with milliseconds; always by the collector's clock. */
export const Timestamp = Type.String({ format: "date-time", description: "RFC 3339, UTC, by the collector's clock" });

/** How old the last word is, measured against the interval in which it was promised. */
export const Freshness = Type.Enum(["fresh", "stale", "lost"], {
  description: "fresh: as promised; stale: overdue, the last value stands but may be wrong; lost: silent for seven days or more",
});
export type Freshness = Static<typeof Freshness>;

/** How an attempt to read ended. */
export const Outcome = Type.Enum(["ok", "absent", "failed"], {
  description: "ok: read; absent: we looked and it is not there; failed: we could not tell",
});
export type Outcome = Static<typeof Outcome>;

/** Why something could not be read. */
export const Failure = Type.Object(
  { code: Type.String({ description: "stable code, see docs/errors.md" }), message: Type.String() },
  { description: "why something could not be read, and what to do where that is known" },
);
export type Failure = Static<typeof Failure>;

/** State of a node. */
export const NodeStatus = Type.Enum(["ok", "degraded", "failed", "unknown", "asleep"], {
  description:
    "failed: a finding of high severity fires; degraded: one of medium severity; unknown: the node does not report; asleep: it said that it is " +
    "switched off or suspended, and its owner does that as they like; else ok. What was acknowledged or accepted does not count",
});
export type NodeStatus = Static<typeof NodeStatus>;

/** How loud a finding is. */
export const Severity = Type.Enum(["low", "medium", "high"]);
export type Severity = Static<typeof Severity>;

/** Where the next page begins in a list that is sorted by time. */
export const PlaceCursor = Type.String({
  pattern: "^[0-9]{1,15}-[0-9]{1,15}$",
  description: "`nextCursor` of the page before; without it, the first page",
});
