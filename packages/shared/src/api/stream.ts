/**
 * WebSocket /api/v1/stream: first a snapshot, then versioned deltas, each a JSON text message.
 * `?node=<name>` adds that node's detail: at first, and whenever anything about it changed; a node that is not known yet is added when it
 * appears. `?stream=<id>&version=<n>` resumes: deltas after n follow if the collector still has them, else a snapshot; the first message
 * comes at once, be it an empty delta. `?topics=findings` tells only that: other lists are empty, and nothing comes when only they change; whoever
 * resumes with more topics than before gets a snapshot. What a slow client cannot take is merged into one later delta. The client sends nothing.
 */
import { type Static, Type } from "typebox";
import { Finding } from "./finding.ts";
import { NodeDetail, NodeSummary } from "./node.ts";
import { Onboarding } from "./onboarding.ts";

/** What a client may want to be told. */
export const StreamTopic = Type.Enum(["nodes", "findings", "onboardings"]);
export type StreamTopic = Static<typeof StreamTopic>;

/** What the stream may be asked. */
export const StreamQuery = Type.Object({
  node: Type.Optional(Type.String({ maxLength: 253, description: "name of the node whose detail is wanted too" })),
  topics: Type.Optional(
    Type.Array(StreamTopic, {
      minItems: 1,
      description: "only these lists, separated by commas; without it, all; the others are empty",
    }),
  ),
  stream: Type.Optional(Type.String({ maxLength: 128, description: "to resume: `stream` of the last message" })),
  version: Type.Optional(Type.Integer({ minimum: 0, description: "to resume: `version` of the last message" })),
});
export type StreamQuery = Static<typeof StreamQuery>;

/** Everything, now. */
export const StreamSnapshot = Type.Object({
  type: Type.Literal("snapshot"),
  stream: Type.String({ description: "identity of this collector's run and of the topics; versions of another mean nothing" }),
  version: Type.Number(),
  nodes: Type.Array(NodeSummary),
  findings: Type.Array(Finding, { description: "pending and firing" }),
  onboardings: Type.Optional(
    Type.Array(Onboarding, { description: "machines on their way that are not ready; not there: none" }),
  ),
  detail: Type.Optional(NodeDetail),
});
export type StreamSnapshot = Static<typeof StreamSnapshot>;

/** What changed since the version before. */
export const StreamDelta = Type.Object({
  type: Type.Literal("delta"),
  stream: Type.String(),
  version: Type.Number({ description: "grows, by one or more; a delta leads from the client's version to this one" }),
  nodes: Type.Array(NodeSummary, { description: "whole summaries of the nodes that changed" }),
  removedNodes: Type.Array(Type.String()),
  findings: Type.Array(Finding, { description: "whole findings that changed; resolved ones once" }),
  onboardings: Type.Optional(
    Type.Array(Onboarding, { description: "whole ways of machines that changed; of one that is ready, when it became so" }),
  ),
  removedOnboardings: Type.Optional(Type.Array(Type.String(), { description: "names that no machine bears any more" })),
  detail: Type.Optional(NodeDetail),
});
export type StreamDelta = Static<typeof StreamDelta>;

/** Either. */
export type StreamMessage = StreamSnapshot | StreamDelta;
