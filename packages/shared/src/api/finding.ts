/** A finding: a rule's condition that holds for a subject. */
import { type Static, Type } from "typebox";
import { FindingAttention } from "./attention.ts";
import { Severity, Timestamp } from "./common.ts";

/** One number or word that made the rule speak. */
export const Evidence = Type.Object({
  name: Type.String({ description: "what it is, with its unit, e.g. used_percent" }),
  value: Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
  observedAt: Type.Optional(Timestamp),
});
export type Evidence = Static<typeof Evidence>;

/** How bad it is, as one number that grows as it gets worse: what was acknowledged is compared with it. */
export const Measure = Type.Object({
  name: Type.String({ description: "what is measured, with its unit, e.g. percentage_used" }),
  level: Type.Number({
    description: "larger is worse; rounded to what is worth telling anew, so that it does not move with every reading",
  }),
});
export type Measure = Static<typeof Measure>;

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
  node: Type.String({ description: "empty where it is about the cluster as a whole; then `subject` may name a node" }),
  subject: Type.Object({ kind: Type.String(), id: Type.String() }),
  text: Type.String({ description: "what is wrong, in one sentence" }),
  action: Type.String({ description: "what to do" }),
  evidence: Type.Array(Evidence),
  measure: Type.Optional(Measure),
  pendingSince: Timestamp,
  firingSince: Type.Optional(Timestamp),
  resolvedAt: Type.Optional(Timestamp),
  resolvedBecause: Type.Optional(
    Type.String({
      description: "where its condition was not seen to end: what else ended it, e.g. that the machine was replaced",
    }),
  ),
  isHeld: Type.Boolean({ description: "true while the facts behind it are not fresh: it stands as it last was" }),
  heldSince: Type.Optional(
    Type.String({
      format: "date-time",
      description: "of a pending one: since when nothing can be told of it, which does not count; not there: it can",
    }),
  ),
  clearSince: Type.Optional(
    Type.String({
      format: "date-time",
      description: "since when its condition is gone without a break: it is resolved when that lasted; not there: it is not gone",
    }),
  ),
  suppressedBy: Type.Optional(Type.String({ description: "id of the finding of which this one is a consequence" })),
  severityChanges: Type.Optional(
    Type.Array(Type.Object({ at: Timestamp, from: Severity, to: Severity }), {
      description: "when it became worse or better while it was open, oldest first, the last 8; not there: never",
    }),
  ),
  attention: Type.Optional(FindingAttention),
});
export type Finding = Static<typeof Finding>;

/** What GET /api/v1/findings may be asked. */
export const FindingListQuery = Type.Object({
  node: Type.Optional(Type.String({ maxLength: 253, description: "only of this node" })),
  rule: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64, description: "only of these rules, separated by commas" }),
  ),
  severity: Type.Optional(Type.Array(Severity, { description: "only of these severities, separated by commas" })),
  state: Type.Optional(
    Type.Array(FindingState, { description: "only in these states, separated by commas; without it, pending and firing" }),
  ),
  isSetAside: Type.Optional(
    Type.Boolean({ description: "true: only those that were acknowledged or accepted; false: only the others" }),
  ),
  q: Type.Optional(
    Type.String({
      maxLength: 256,
      description: "only those in whose rule, title, node, subject or text each of these words occurs, whatever the case",
    }),
  ),
  since: Type.Optional(
    Type.String({ format: "date-time", description: "of resolved ones, only those that were resolved then or later" }),
  ),
  until: Type.Optional(
    Type.String({ format: "date-time", description: "of resolved ones, only those that were resolved before" }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1000,
      description: "at most so many, the loudest first, then the newest",
    }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: 2048, description: "`nextCursor` of the page before; goes on after its last finding" }),
  ),
});
export type FindingListQuery = Static<typeof FindingListQuery>;

/** GET /api/v1/findings */
export const FindingList = Type.Object({
  findings: Type.Array(Finding),
  total: Type.Integer({ description: "how many match, on this page or not" }),
  hasMore: Type.Optional(Type.Boolean({ description: "true when there is another page" })),
  nextCursor: Type.Optional(Type.String({ description: "where the next page begins; not there on the last" })),
});
export type FindingList = Static<typeof FindingList>;

/** One step in the life of a finding. */
export const FindingEvent = Type.Object({
  at: Timestamp,
  kind: Type.Enum(["pending", "firing", "worse", "better", "decided", "decision-ended", "resolved"], {
    description:
      "pending: its condition was seen; firing: it held for as long as the rule waits; worse and better: its severity changed; " +
      "decided and decision-ended: somebody acknowledged, accepted or muted it, or works on its node, or does not any more",
  }),
  text: Type.String({ description: "what happened, in one sentence" }),
  by: Type.Optional(Type.String({ description: "who did it; not there: nobody, it happened" })),
});
export type FindingEvent = Static<typeof FindingEvent>;

/** GET /api/v1/findings/{id} */
export const FindingLife = Type.Object({
  finding: Finding,
  events: Type.Array(FindingEvent, { description: "what is known of its life, oldest first" }),
});
export type FindingLife = Static<typeof FindingLife>;
