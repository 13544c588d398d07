/** What people decided about findings: known, not to be told, being worked on. A decision changes no finding, only who is told and what counts. */
import { type Static, Type } from "typebox";
import { Severity, Timestamp } from "./common.ts";

/** Kinds of decisions. */
export const DecisionKind = Type.Enum(["acknowledge", "accept", "mute", "maintenance"], {
  description:
    "acknowledge: this finding is known; it does not count and is not told until it gets worse than it was, or comes again after it was resolved. " +
    "accept: this advice (low severity) is known and stays as it is; it does not count, however often it comes, until the decision is ended. " +
    "mute: findings that match are not told; they count. " +
    "maintenance: somebody works on these nodes; their findings count and are not told, and nothing is taken from them meanwhile",
});
export type DecisionKind = Static<typeof DecisionKind>;

/** What a decision is about: findings that match all that is there. */
export const DecisionScope = Type.Object(
  {
    node: Type.Optional(Type.String({ maxLength: 253, description: "only of this node; empty: only of the cluster as a whole" })),
    rule: Type.Optional(Type.String({ maxLength: 64, description: "only of this rule" })),
    subject: Type.Optional(Type.Object({ kind: Type.String({ maxLength: 64 }), id: Type.String({ maxLength: 512 }) })),
  },
  { description: "nothing in it: all findings" },
);
export type DecisionScope = Static<typeof DecisionScope>;

/** How bad it was when it was acknowledged. */
const SeenThen = Type.Object({
  severity: Severity,
  level: Type.Optional(Type.Number({ description: "`measure.level` of the finding" })),
});

/** A decision. */
export const Decision = Type.Object({
  id: Type.String({ description: "by which it can be ended" }),
  kind: DecisionKind,
  scope: DecisionScope,
  by: Type.String({ description: "who decided" }),
  reason: Type.String({ description: "why, in their words; may be empty" }),
  at: Timestamp,
  from: Type.Optional(Type.String({ format: "date-time", description: "when it begins; not there: when it was made" })),
  until: Type.Optional(Type.String({ format: "date-time", description: "when it ends by itself; not there: never" })),
  seen: Type.Optional(SeenThen),
});
export type Decision = Static<typeof Decision>;

/** Body of POST /api/v1/decisions */
export const DecisionRequest = Type.Object(
  {
    kind: DecisionKind,
    finding: Type.Optional(
      Type.String({ maxLength: 1024, description: "id of an open finding: what the decision is about, instead of `scope`" }),
    ),
    scope: Type.Optional(DecisionScope),
    reason: Type.Optional(Type.String({ maxLength: 500 })),
    startsAt: Type.Optional(Type.String({ format: "date-time", description: "of maintenance: when it begins; default: now" })),
    forSeconds: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 31_536_000,
        description: "how long it lasts; a mute and maintenance need it, the others last without it",
      }),
    ),
  },
  { additionalProperties: false },
);
export type DecisionRequest = Static<typeof DecisionRequest>;

/** GET /api/v1/decisions */
export const DecisionList = Type.Object({ decisions: Type.Array(Decision, { description: "newest first" }) });
export type DecisionList = Static<typeof DecisionList>;

/** What holds of one finding now. */
export const FindingAttention = Type.Object({
  isQuiet: Type.Boolean({ description: "true: nobody is told of it" }),
  isSetAside: Type.Boolean({
    description: "true: it was acknowledged or accepted, and does not count in the status of its node",
  }),
  decisions: Type.Array(Decision, { description: "by which it is so" }),
});
export type FindingAttention = Static<typeof FindingAttention>;
