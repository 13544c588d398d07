/** What the GPUs of a node are good for now: the verdict on each, where Ollama's models lie, and which of them would fit. */
import { type Static, Type } from "typebox";
import { Failure, Timestamp } from "./common.ts";
import { GpuSummary } from "./node.ts";

/** What GET /api/v1/nodes/{name}/gpus may be asked. */
export const NodeGpusQuery = Type.Object({
  contextLengthTokens: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100_000_000,
      description: "whether models fit with this context; without it, with what the server takes by itself",
    }),
  ),
});
export type NodeGpusQuery = Static<typeof NodeGpusQuery>;

/** Somebody who holds memory of a GPU. */
export const GpuUserBody = Type.Object({
  name: Type.String({ description: "its program" }),
  purpose: Type.Enum(["ollama", "desktop", "game", "other"]),
  pid: Type.Optional(Type.Number()),
  owner: Type.Optional(Type.String({ description: "namespace and pod, unit of systemd, or user" })),
  memoryUsedBytes: Type.Optional(Type.Number({ description: "left out where the driver does not tell it of each process" })),
});
export type GpuUserBody = Static<typeof GpuUserBody>;

/** A GPU with the reasons for its verdict. */
export const GpuBody = Type.Interface([GpuSummary], {
  text: Type.String({ description: "why, in one sentence" }),
  readAt: Type.Optional(
    Type.String({ format: "date-time", description: "when its driver was asked last; long ago for one that sleeps" }),
  ),
  wakeCost: Type.Optional(Type.String({ description: "what waking it costs, for one that sleeps" })),
  users: Type.Array(GpuUserBody, { description: "who holds its memory, the most first" }),
});
export type GpuBody = Static<typeof GpuBody>;

/** A model in memory. */
export const LoadedModelBody = Type.Object({
  name: Type.String(),
  placement: Type.Enum(["gpu", "partly", "cpu", "cpu-fallback", "unknown"], {
    description:
      "partly: some layers are on the CPU; cpu-fallback: Ollama claims the GPU, and its driver knows of nothing: it is slow; unknown: what Ollama says could not be held against the driver",
  }),
  text: Type.String({ description: "the placement in one sentence" }),
  sizeBytes: Type.Optional(Type.Number()),
  claimedVramBytes: Type.Optional(Type.Number({ description: "memory of GPUs that Ollama says it takes" })),
  contextLengthTokens: Type.Optional(Type.Number()),
  expiresAt: Type.Optional(Timestamp),
  isKept: Type.Optional(Type.Boolean({ description: "true: it stays, whoever asks for it or not" })),
});
export type LoadedModelBody = Static<typeof LoadedModelBody>;

/** Whether a model would lie on a GPU as a whole. */
export const ModelFitBody = Type.Object({
  answer: Type.Enum(["now", "after-unload", "without-others", "never", "unknown"], {
    description:
      "after-unload: Ollama unloads others first, by itself unless the text says otherwise; without-others: only when programs that are not Ollama's give memory back; never: it is too large, or there is no GPU. What does not fit is loaded all the same, partly on the CPU, and is slow",
  }),
  text: Type.String(),
  neededBytes: Type.Optional(Type.Number({ description: "the file and the context, by Ollama's own formula" })),
  freeBytes: Type.Optional(Type.Number()),
  capacityBytes: Type.Optional(Type.Number()),
  gpuId: Type.Optional(Type.String()),
  contextLengthTokens: Type.Optional(Type.Number()),
  unload: Type.Array(Type.String(), { description: "models that would go, in their order" }),
  missing: Type.Array(Type.String(), { description: "what would have to be known" }),
});
export type ModelFitBody = Static<typeof ModelFitBody>;

/** A model on disk. */
export const ModelBody = Type.Object({
  name: Type.String(),
  digest: Type.Optional(Type.String({ description: "equal digests are equal models, on any node" })),
  sizeBytes: Type.Optional(Type.Number()),
  capabilities: Type.Array(Type.String(), { description: "e.g. completion, embedding, vision" }),
  fit: ModelFitBody,
});
export type ModelBody = Static<typeof ModelBody>;

/** GET /api/v1/nodes/{name}/gpus */
export const NodeGpus = Type.Object({
  node: Type.String(),
  gpus: Type.Array(GpuBody, { description: "by their address" }),
  ollama: Type.Optional(
    Type.Object(
      {
        isRunning: Type.Optional(Type.Boolean()),
        version: Type.Optional(Type.String()),
        addresses: Type.Array(Type.String(), { description: "where other machines reach it, each with its port" }),
        failure: Type.Optional(Failure),
      },
      { description: "the server; `failure` says why other machines do not reach it. Left out where none is known" },
    ),
  ),
  loadedModels: Type.Array(LoadedModelBody),
  models: Type.Array(ModelBody, { description: "models on disk, by name" }),
});
export type NodeGpus = Static<typeof NodeGpus>;
