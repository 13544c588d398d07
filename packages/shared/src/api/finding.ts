/** A finding: a rule's condition that holds for a subject. */
import { type Static, Type } from "typebox";
import { Severity, Timestamp } from "./common.ts";

/** One number or word that made the rule speak. */
export const Evidence = Type.Object({
  name: Type.String({ description: "what it is, with its unit, e.g. used_percent" }),
  value: Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
  observedAt: Type.Optional(Timestamp),
});
export type Evidence = Static<typeof Evidence>;

/** State of a finding. */
export const FindingState = Type.Enum(["pending", "firing", "resolved"], {
  description: "pending: the condition holds, but not yet for the rule's hold time",
});
export type FindingState = Static<typeof FindingState>;

/** Body of a finding. */
export const Finding = Type.Object({
  id: Type.String({ description: "stable while the finding lives: rule, node and subject" }),
  rule: Type.String({ description: "code of the rule, stable for ever" }),
  title: Type.String(),
  severity: Severity,
  state: FindingState,
  node: Type.String(),
  subject: Type.Object({ kind: Type.String(), id: Type.String() }),
  text: Type.String({ description: "what is wrong, in one sentence" }),
  action: Type.String({ description: "what to do" }),
  evidence: Type.Array(Evidence),
  pendingSince: Timestamp,
  firingSince: Type.Optional(Timestamp),
  resolvedAt: Type.Optional(Timestamp),
  isHeld: Type.Boolean({ description: "true while the facts behind it are not fresh: it stands as it last was" }),
  suppressedBy: Type.Optional(Type.String({ description: "id of the finding of which this one is a consequence" })),
});
export type Finding = Static<typeof Finding>;

/** What GET /api/v1/findings may be asked. */
export const FindingListQuery = Type.Object({
  node: Type.Optional(Type.String({ maxLength: 253, description: "only of this node" })),
  severity: Type.Optional(Type.Array(Severity, { description: "only of these severities, separated by commas" })),
  state: Type.Optional(
    Type.Array(FindingState, { description: "only in these states, separated by commas; without it, pending and firing" }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1000,
      description: "at most so many, the loudest first, then the newest",
    }),
  ),
});
export type FindingListQuery = Static<typeof FindingListQuery>;

/** GET /api/v1/findings */
export const FindingList = Type.Object({
  findings: Type.Array(Finding),
  hasMore: Type.Optional(Type.Boolean({ description: "true when `limit` cut the list" })),
});
export type FindingList = Static<typeof FindingList>;
