/** Where requests for models go, and why. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** What a server is for. */
export const RouteKind = Type.Enum(["generation", "embeddings"], {
  description: "told by the endpoint, not by the model: generation is chat and generate, embeddings is embed",
});
export type RouteKind = Static<typeof RouteKind>;

const Slots = Type.Integer({
  minimum: 1,
  description:
    "how many requests it answers at once: OLLAMA_NUM_PARALLEL, or 1 where the model cannot more; left out where it is not known",
});

const use = {
  model: Type.String(),
  isKept: Type.Boolean({ description: "true: it stays for ever, and when it was used is not known" }),
  isInUse: Type.Boolean({ description: "true: surely in use now; false says nothing" }),
  keptUntil: Type.Optional(Timestamp),
  lastUsedAt: Type.Optional(
    Type.String({
      format: "date-time",
      description:
        "about: until when it is kept, less the server's OLLAMA_KEEP_ALIVE. A request may have brought another; left out where that or the setting is not known",
    }),
  ),
};

/** A loaded model that would be unloaded. */
export const ModelUseBody = Type.Object({ ...use, text: Type.String({ description: "when it was used last, in words" }) });
export type ModelUseBody = Static<typeof ModelUseBody>;

/** A loaded model of a server. */
export const LoadedOnServerBody = Type.Object({
  ...use,
  contextLengthTokens: Type.Optional(Type.Integer()),
  slots: Type.Optional(Slots),
});
export type LoadedOnServerBody = Static<typeof LoadedOnServerBody>;

/** An Ollama server. */
export const RoutedServerBody = Type.Object({
  name: Type.String({ description: "of its node; of one without an agent, as the policy calls it" }),
  url: Type.Optional(Type.String()),
  reach: Type.Enum(["up", "down", "unknown"], { description: "whether it answers the collector" }),
  since: Type.Optional(Timestamp),
  problem: Type.Optional(Type.String({ description: "why it does not answer" })),
  witness: Type.Enum(["agent", "ollama", "nobody"], { description: "who tells what it has" }),
  isStale: Type.Boolean({ description: "true: its agent is silent" }),
  kinds: Type.Array(RouteKind, { description: "what it is for, by the policy" }),
  unknownKinds: Type.Array(RouteKind, { description: "of which it is not known whether it is for them" }),
  isServing: Type.Boolean({ description: "true: requests may go there now" }),
  text: Type.String({ description: "how it is, in one sentence" }),
  slowedSince: Type.Optional(Type.String({ format: "date-time", description: "since when heat holds its GPU back" })),
  loadedModels: Type.Array(Type.String()),
  loaded: Type.Array(LoadedOnServerBody, { description: "the same models, with how they are used" }),
});
export type RoutedServerBody = Static<typeof RoutedServerBody>;

/** How a server would take a request. */
export const RouteStanding = Type.Enum(["loaded", "fits", "asleep", "unloads", "reloads", "untold", "on-cpu", "left-out"], {
  description:
    "loaded: in memory as it is wanted; fits: beside what is loaded; asleep: after its GPU woke; unloads: others are unloaded first; reloads: " +
    "loaded with another context, and loaded anew; untold: whether it fits is not known; on-cpu: no GPU, or it lies on the CPU; left-out: it " +
    "gets no such request",
});
export type RouteStanding = Static<typeof RouteStanding>;

/** GET /api/v1/routes */
export const RouteTableBody = Type.Object({
  version: Type.Integer({ description: "grows with each change since the collector started" }),
  madeAt: Timestamp,
  servers: Type.Array(RoutedServerBody, { description: "by name" }),
  models: Type.Array(
    Type.Object({
      model: Type.String(),
      kind: RouteKind,
      servers: Type.Array(Type.String(), { description: "names of those that can take it, the best first; empty: none" }),
      standings: Type.Array(Type.Object({ server: Type.String(), standing: RouteStanding, slots: Type.Optional(Slots) }), {
        description: "of all that have it, in the same order, with those that get no such request last",
      }),
    }),
    { description: "of each model that any server has" },
  ),
});
export type RouteTableBody = Static<typeof RouteTableBody>;

/** What GET /api/v1/routes/explain may be asked. */
export const RouteExplainQuery = Type.Object({
  model: Type.String({ minLength: 1, maxLength: 256, description: "as Ollama takes it: without a tag it is :latest" }),
  kind: Type.Optional(
    Type.Enum(["generation", "chat", "embeddings", "embed"], {
      default: "generation",
      description: "chat is generation, embed is embeddings",
    }),
  ),
  context_length_tokens: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100_000_000, description: "where another context is asked for than the server's own" }),
  ),
});
export type RouteExplainQuery = Static<typeof RouteExplainQuery>;

/** GET /api/v1/routes/explain */
export const RouteExplanation = Type.Object({
  model: Type.String(),
  kind: RouteKind,
  server: Type.Optional(Type.String({ description: "where it goes; not there: nowhere" })),
  url: Type.Optional(Type.String()),
  text: Type.String({ description: "why, in one sentence" }),
  tableVersion: Type.Integer(),
  candidates: Type.Array(
    Type.Object({
      server: Type.String(),
      standing: RouteStanding,
      text: Type.String(),
      slots: Type.Optional(Slots),
      unload: Type.Array(Type.String(), { description: "models that would be unloaded, in their order" }),
      wouldUnload: Type.Array(ModelUseBody, { description: "the same models, with when each was used last" }),
      isStale: Type.Boolean(),
    }),
    { description: "all servers, the best first" },
  ),
});
export type RouteExplanation = Static<typeof RouteExplanation>;
