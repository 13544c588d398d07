/** Who held the memory of GPUs over the last day, and how long models were in memory: numbers that readings show, without seeing a request. */
import { type Static, Type } from "typebox";
import { Timestamp } from "./common.ts";

/** What GET /api/v1/gpus/usage may be asked. */
export const GpuUsageQuery = Type.Object({
  hours: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 24, default: 24, description: "the last so many hours, of memory and of models" }),
  ),
  days: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 30,
      description: "models over so many days of UTC, today among them, instead of over `hours`",
    }),
  ),
  node: Type.Optional(Type.String({ maxLength: 253, description: "of one node only" })),
});
export type GpuUsageQuery = Static<typeof GpuUsageQuery>;

/** Somebody who held memory of a GPU. */
export const GpuMemoryOwner = Type.Object({
  owner: Type.String({ description: "a program by its name, or the purpose" }),
  purpose: Type.Enum(["ollama", "desktop", "game", "other", "unnamed", "rest"], {
    description:
      "desktop: all that draws for people, together; game, other: a program, all of its processes together; unnamed: memory in use of which nobody " +
      "says whose; rest: programs beyond the six that held most",
  }),
  bytes: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
    description: "of each step: what it held on average, to the MiB; null: not known then, which is never 0",
  }),
});
export type GpuMemoryOwner = Static<typeof GpuMemoryOwner>;

/** Memory of a GPU over time. */
export const GpuMemoryUsage = Type.Object({
  node: Type.String(),
  gpuId: Type.String(),
  name: Type.String(),
  capacityBytes: Type.Optional(Type.Number({ description: "what programs can have of it" })),
  owners: Type.Array(GpuMemoryOwner, {
    description:
      "who held most first; together with what is free they are what programs can have. While it sleeps nobody holds any",
  }),
  freeBytes: Type.Array(Type.Union([Type.Number(), Type.Null()]), { description: "of each step, like the owners' bytes" }),
});
export type GpuMemoryUsage = Static<typeof GpuMemoryUsage>;

/**
 * How a model was in the memory of a server. Two readings are fifteen seconds apart: what comes and goes between them is not seen, so all counts are lower
 * bounds. While nobody speaks of a server (agent and Ollama are silent, or the collector does not run) nothing is counted.
 */
export const ModelUsage = Type.Object({
  node: Type.String({ description: "the server; of one without an agent, as the policy calls it" }),
  model: Type.String(),
  isLoaded: Type.Optional(Type.Boolean({ description: "now; left out where nobody says it freshly" })),
  loadedSeconds: Type.Number({
    description: "in memory: time between readings next to each other that both show it",
  }),
  loads: Type.Integer({ description: "times that it came into memory: one reading is without it and the next has it" }),
  reloads: Type.Integer({
    description:
      "times that it was loaded anew for another context: two readings next to each other show it, or it was gone for less than two minutes between",
  }),
  evictions: Type.Integer({
    description:
      "times that it left memory before its time was over (expires_at), while its server went on and nobody kept the GPU; Ollama did so for another model, or " +
      "somebody unloaded it by hand (keep_alive 0), which cannot be told apart. Known after two minutes without it, or when it is back as it was",
  }),
  lastLoadedAt: Type.Optional(Timestamp),
  lastEvictedAt: Type.Optional(Timestamp),
});
export type ModelUsage = Static<typeof ModelUsage>;

/** GET /api/v1/gpus/usage */
export const GpuUsage = Type.Object({
  from: Timestamp,
  to: Timestamp,
  stepSeconds: Type.Integer({ description: "each number of a series is of so many seconds, the first of them from `from`" }),
  gpus: Type.Array(GpuMemoryUsage, { description: "by node and address; at most 100" }),
  gpusLeftOut: Type.Integer({ description: "GPUs beyond those: ask for their node" }),
  modelsFrom: Timestamp,
  models: Type.Array(ModelUsage, { description: "models that were in memory, the longest first; at most 500" }),
  modelsLeftOut: Type.Integer({ description: "models beyond those" }),
});
export type GpuUsage = Static<typeof GpuUsage>;
