/** Health: the verdict on a node, and on all of them. */
import { type Static, Type } from "typebox";
import { Freshness, NodeStatus, Outcome, Timestamp } from "./common.ts";
import { Finding } from "./finding.ts";

/** How old the last word of one probe is. */
export const ProbeFreshness = Type.Object({
  name: Type.String(),
  freshness: Type.Union([Freshness, Type.Literal("never")], {
    description: "as of a node; never: its agent runs it, and it has not said anything yet",
  }),
  outcome: Type.Optional(Outcome),
  observedAt: Type.Optional(Timestamp),
  intervalMs: Type.Optional(Type.Number({ description: "at which it promises a word" })),
});
export type ProbeFreshness = Static<typeof ProbeFreshness>;

/** What could not be told. */
export const UnknownFact = Type.Object({
  probe: Type.String(),
  kind: Type.Optional(Type.String()),
  id: Type.Optional(Type.String()),
  reason: Type.String(),
});
export type UnknownFact = Static<typeof UnknownFact>;

/** GET /api/v1/nodes/{name}/health */
export const NodeHealth = Type.Object({
  node: Type.String(),
  status: NodeStatus,
  reason: Type.String({ description: "the verdict in one sentence" }),
  since: Timestamp,
  freshness: Freshness,
  lastContactAt: Timestamp,
  findings: Type.Array(Finding, { description: "pending and firing, loudest first; what was set aside is among them" }),
  probes: Type.Array(ProbeFreshness, { description: "on whose word the verdict stands" }),
  unknowns: Type.Array(UnknownFact, { description: "what could not be told, and why: the verdict does not cover it" }),
});
export type NodeHealth = Static<typeof NodeHealth>;

/** What GET /api/v1/nodes/{name}/health may be asked. */
export const NodeHealthQuery = Type.Object({
  probe: Type.Optional(
    Type.Enum(["plain"], {
      description: "one line of text, and 503 for a node that is failed or unknown: for monitors that only look at the status",
    }),
  ),
  failOn: Type.Optional(
    Type.Array(NodeStatus, {
      description: "with probe=plain: for which states the answer is 503, separated by commas; without it, failed and unknown",
    }),
  ),
});
export type NodeHealthQuery = Static<typeof NodeHealthQuery>;

/** The verdict on one node, in one line. */
export const HealthLine = Type.Object({
  node: Type.String(),
  status: NodeStatus,
  reason: Type.String({ description: "the verdict in one sentence" }),
  since: Timestamp,
  freshness: Freshness,
  lastContactAt: Timestamp,
  findingCounts: Type.Object(
    { high: Type.Integer(), medium: Type.Integer(), low: Type.Integer() },
    { description: "firing, not suppressed, not set aside" },
  ),
});
export type HealthLine = Static<typeof HealthLine>;

/** What GET /api/v1/health may be asked. */
export const FleetHealthQuery = Type.Object({
  status: Type.Optional(Type.Array(NodeStatus, { description: "only nodes in one of these states, separated by commas" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: "at most so many nodes" })),
  cursor: Type.Optional(
    Type.String({ maxLength: 1024, description: "`nextCursor` of the page before; goes on after its last node" }),
  ),
});
export type FleetHealthQuery = Static<typeof FleetHealthQuery>;

/** GET /api/v1/health */
export const FleetHealth = Type.Object({
  counts: Type.Object(
    {
      ok: Type.Integer(),
      degraded: Type.Integer(),
      failed: Type.Integer(),
      unknown: Type.Integer(),
      asleep: Type.Integer(),
    },
    { description: "how many nodes are in each state, whatever was asked for" },
  ),
  nodes: Type.Array(HealthLine, { description: "the worst first: failed, degraded, unknown, asleep, ok; then by name" }),
  total: Type.Integer({ description: "how many nodes match, on this page or not" }),
  nextCursor: Type.Optional(Type.String({ description: "left out on the last page" })),
});
export type FleetHealth = Static<typeof FleetHealth>;
