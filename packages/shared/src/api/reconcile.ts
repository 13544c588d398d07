/** What is written on the cluster, why, and what waits to be. */
import { type Static, Type } from "typebox";
import { Freshness, Timestamp } from "./common.ts";

/** describe says what is; restrict takes something away from the node (a label, scheduling); move moves data or work. */
export const ActionClass = Type.Enum(["describe", "restrict", "move"], {
  description: "describe: says what is; restrict: takes something away; move: moves data or work",
});
export type ActionClass = Static<typeof ActionClass>;

/** What is done with actions of a class. */
export const Mode = Type.Enum(["off", "plan", "enforce"], {
  description: "off: nothing; plan: shown, and done when somebody approves it; enforce: done",
});
export type Mode = Static<typeof Mode>;

/** One fact that was read on the way to a decision. */
export const FactRead = Type.Object({
  path: Type.String({ description: "in NodeFacts, e.g. gpus; or what else was looked at" }),
  value: Type.String({ description: "what it was, shortened; empty where it is not known" }),
  probe: Type.String({ description: "who read it; empty where it is not of an agent" }),
  observedAt: Type.Optional(Timestamp),
  freshness: Type.Union([Freshness, Type.Literal("unknown")]),
});
export type FactRead = Static<typeof FactRead>;

/** Why something that is wanted is not done now. */
export const Waiting = Type.Object({
  for: Type.Enum(["approval", "mode", "dwell", "brake", "maintenance", "pause", "leader", "cluster", "retry"], {
    description:
      "approval: of the first plan; mode: its class is not enforced; dwell: until it has held long enough; brake: until fewer nodes were " +
      "restricted lately; maintenance: the node is cordoned; pause: somebody paused us; leader: another collector writes; cluster: the API " +
      "server is not heard; retry: the last attempt failed",
  }),
  text: Type.String({ description: "in one sentence" }),
  until: Type.Optional(Timestamp),
});
export type Waiting = Static<typeof Waiting>;

/** One step that would be taken. */
export const PlannedOperation = Type.Object({
  reconciler: Type.String(),
  node: Type.String(),
  item: Type.String({ description: "key of the label or taint, type of the condition" }),
  kind: Type.Enum(["set", "change", "repair", "remove", "restore"]),
  class: ActionClass,
  before: Type.Optional(Type.String()),
  after: Type.Optional(Type.String()),
  why: Type.String(),
  waiting: Type.Optional(Waiting),
});
export type PlannedOperation = Static<typeof PlannedOperation>;

/** GET /api/v1/plan */
export const Plan = Type.Object({
  hash: Type.String({ description: "of all operations that an approval would let go; another plan has another" }),
  isApproved: Type.Boolean({ description: "whether a first plan was approved: without it nothing is written" }),
  operations: Type.Array(PlannedOperation),
  held: Type.Array(Type.Object({ reconciler: Type.String(), node: Type.String(), item: Type.String(), reason: Type.String() }), {
    description: "what cannot be told now, and stays as it is; an empty item is the whole node",
  }),
});
export type Plan = Static<typeof Plan>;

/** POST /api/v1/plan/approve */
export const PlanApproval = Type.Object(
  { hash: Type.String({ maxLength: 64, description: "of the plan that was looked at" }) },
  { additionalProperties: false },
);
export type PlanApproval = Static<typeof PlanApproval>;

/** What was approved. */
export const ApprovedPlan = Type.Object({ hash: Type.String(), operations: Type.Integer() });
export type ApprovedPlan = Static<typeof ApprovedPlan>;

/** Somebody's wish for one item, for a while. */
export const ItemOverride = Type.Object({
  reconciler: Type.String(),
  node: Type.String(),
  item: Type.String(),
  value: Type.Optional(Type.String({ description: "not there: the item is not to be there" })),
  by: Type.String(),
  reason: Type.String(),
  at: Timestamp,
  until: Timestamp,
});
export type ItemOverride = Static<typeof ItemOverride>;

/** POST /api/v1/overrides */
export const OverrideRequest = Type.Object(
  {
    node: Type.String({ maxLength: 253 }),
    item: Type.String({
      maxLength: 317,
      description: "key of a label, with or without our domain, or a tag of Longhorn: disks/NAME/tags/TAG, tags/TAG",
    }),
    value: Type.Optional(Type.String({ maxLength: 63, description: "not there: the item is not to be there" })),
    forSeconds: Type.Integer({ minimum: 60, maximum: 366 * 86_400 }),
    reason: Type.Optional(Type.String({ maxLength: 256 })),
  },
  { additionalProperties: false },
);
export type OverrideRequest = Static<typeof OverrideRequest>;

/** GET /api/v1/overrides */
export const OverrideList = Type.Object({ overrides: Type.Array(ItemOverride) });
export type OverrideList = Static<typeof OverrideList>;

/** What DELETE /api/v1/overrides/{name} must be asked. */
export const OverrideEndQuery = Type.Object({
  item: Type.String({ minLength: 1, maxLength: 317, description: "the one that is overridden, with or without our domain" }),
});
export type OverrideEndQuery = Static<typeof OverrideEndQuery>;

/** POST /api/v1/actions/{id}/revert */
export const RevertRequest = Type.Object(
  {
    forSeconds: Type.Integer({
      minimum: 60,
      maximum: 366 * 86_400,
      description: "how long what was there before is kept against the policy",
    }),
  },
  { additionalProperties: false },
);
export type RevertRequest = Static<typeof RevertRequest>;

/** POST /api/v1/prune */
export const PruneRequest = Type.Object(
  {
    keepLabels: Type.Boolean({ description: "labels stay as they are, and are nobody's; everything else goes" }),
    force: Type.Optional(
      Type.Boolean({
        description: "also what protects something that is not well: a disk of Longhorn that fails is filled again",
      }),
    ),
  },
  { additionalProperties: false },
);
export type PruneRequest = Static<typeof PruneRequest>;

/** What came of it. */
export const PruneResult = Type.Object({
  nodes: Type.Integer({ description: "objects that were put back as they were" }),
  failed: Type.Array(Type.Object({ node: Type.String(), reason: Type.String() })),
  left: Type.Array(Type.Object({ node: Type.String(), item: Type.String(), reason: Type.String() }), {
    description: "what stays in force, since it protects something that is not well; `force` takes it back, too",
  }),
});
export type PruneResult = Static<typeof PruneResult>;

/** One item of a node: what it is, what it should be, why, and what would change it. GET /api/v1/nodes/{name}/explain */
export const Explanation = Type.Object({
  reconciler: Type.String(),
  noun: Type.String({ description: "label, condition, taint, Longhorn setting …" }),
  node: Type.String(),
  item: Type.String(),
  live: Type.Optional(Type.String({ description: "as it is; not there: it is not" })),
  owner: Type.Optional(
    Type.Enum(["ours", "shared", "foreign"], { description: "who wrote it; shared: we and others, the same" }),
  ),
  others: Type.Array(Type.Object({ manager: Type.String(), at: Type.Optional(Timestamp) }), {
    description: "who else wrote it, as the API server noted",
  }),
  wanted: Type.Enum(["value", "absent", "hold"]),
  value: Type.Optional(Type.String({ description: "that it should have" })),
  why: Type.String({ description: "in one sentence; of hold, what is missing" }),
  place: Type.String({ description: "line of the policy, or rule" }),
  expression: Type.String(),
  facts: Type.Array(FactRead),
  since: Type.Optional(Timestamp),
  previous: Type.Optional(Type.String({ description: "what was there before our first write" })),
  waiting: Type.Optional(Waiting),
  override: Type.Optional(ItemOverride),
  actions: Type.Array(Type.Integer(), { description: "ids of the audit's latest records about it, newest first" }),
  next: Type.String({ description: "what would change it" }),
});
export type Explanation = Static<typeof Explanation>;

/** What GET /api/v1/nodes/{name}/explain may be asked. */
export const ExplanationQuery = Type.Object({
  item: Type.Optional(Type.String({ minLength: 1, maxLength: 317, description: "only this one, with or without our domain" })),
});
export type ExplanationQuery = Static<typeof ExplanationQuery>;

/** GET /api/v1/nodes/{name}/explain */
export const ExplanationList = Type.Object({ explanations: Type.Array(Explanation) });
export type ExplanationList = Static<typeof ExplanationList>;

/** How writing to the cluster goes. */
export const ReconcileStatus = Type.Object({
  isConfigured: Type.Literal(true, { description: "there is a cluster to write to" }),
  isWriting: Type.Boolean({ description: "whether this collector may write now" }),
  notWritingBecause: Type.Optional(Type.String()),
  holder: Type.Optional(Type.String({ description: "which collector holds the Lease" })),
  policy: Type.Object({
    source: Type.String(),
    hash: Type.String(),
    domain: Type.String(),
    modes: Type.Object({ describe: Mode, restrict: Mode, move: Mode }),
    problems: Type.Array(Type.String(), { description: "of the file as it is now, which is not in force while there are any" }),
  }),
  approval: Type.Optional(Type.Object({ hash: Type.String(), by: Type.String(), at: Timestamp })),
  overrides: Type.Array(ItemOverride),
  brake: Type.Object({
    restrictedNodes: Type.Integer({ description: "that were restricted within the last ten minutes" }),
    allowedNodes: Type.Integer(),
    clearsAt: Type.Optional(Timestamp),
  }),
  reconcilers: Type.Array(
    Type.Object({
      name: Type.String(),
      queued: Type.Integer(),
      waiting: Type.Integer({ description: "operations that wait" }),
      waitingFor: Type.Record(Type.String(), Type.Integer(), { description: "the same by what they wait for" }),
      held: Type.Integer({ description: "items that cannot be told" }),
      failing: Type.Integer({ description: "objects whose last write failed" }),
      writes: Type.Integer({ description: "since this process started" }),
    }),
  ),
  cluster: Type.Object({
    nodes: Type.Integer(),
    heardAt: Type.Optional(Timestamp),
    problem: Type.Optional(Type.String()),
  }),
});
export type ReconcileStatus = Static<typeof ReconcileStatus>;

/** In its place, where the collector knows no cluster. */
export const NoReconcile = Type.Object({
  isConfigured: Type.Literal(false),
  notWritingBecause: Type.String({ description: "with what to do to have one" }),
});
export type NoReconcile = Static<typeof NoReconcile>;

/** GET /api/v1/reconcile */
export const ReconcileOverview = Type.Union([ReconcileStatus, NoReconcile]);
export type ReconcileOverview = Static<typeof ReconcileOverview>;
