/** GPUs of all nodes, which of them is free for what, and who keeps one for something else. */
import { type Static, Type } from "typebox";
import { Freshness, Timestamp } from "./common.ts";
import { GpuBody, LoadedModelBody } from "./node-gpus.ts";

/** Somebody keeps the GPU of a node: routes leave it, and its models are unloaded. */
export const GpuReservation = Type.Object({
  node: Type.String(),
  kind: Type.Enum(["person", "program"], {
    description:
      "person: somebody asked for it; program: one that is not Ollama's holds more than 1 GiB of it, or did until five minutes ago",
  }),
  by: Type.String({ description: "who, or which program" }),
  reason: Type.String({ description: "may be empty" }),
  at: Timestamp,
  until: Type.Optional(
    Type.String({
      format: "date-time",
      description: "when it ends by itself; not there: five minutes after the program is gone",
    }),
  ),
});
export type GpuReservation = Static<typeof GpuReservation>;

/** Body of POST /api/v1/gpus/reservations */
export const GpuReservationRequest = Type.Object(
  {
    node: Type.String({ maxLength: 253 }),
    forSeconds: Type.Integer({ minimum: 60, maximum: 604_800, description: "a week at most" }),
    reason: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
);
export type GpuReservationRequest = Static<typeof GpuReservationRequest>;

/** GET /api/v1/gpus/reservations */
export const GpuReservationList = Type.Object({ reservations: Type.Array(GpuReservation, { description: "by node" }) });
export type GpuReservationList = Static<typeof GpuReservationList>;

/** Memory of a GPU that one owner holds. */
export const GpuMemoryShare = Type.Object({
  owner: Type.Enum(["ollama", "desktop", "game", "other", "unnamed"], {
    description: "unnamed: somebody, the driver does not say who",
  }),
  name: Type.String({ description: "the model, where it is Ollama's and known; else the program; empty where it is unnamed" }),
  bytes: Type.Number(),
});
export type GpuMemoryShare = Static<typeof GpuMemoryShare>;

/** A GPU of the fleet. */
export const FleetGpu = Type.Interface([GpuBody], {
  node: Type.String(),
  freshness: Freshness,
  away: Type.Optional(
    Type.String({
      description: "why its machine is away: it was switched off, sleeps, or does not answer; not there: it is not away",
    }),
  ),
  reservation: Type.Optional(GpuReservation),
  memory: Type.Array(GpuMemoryShare, {
    description:
      "who holds its memory now, the most first; with what is free it is all that programs can have; empty where it sleeps or is not known",
  }),
  utilizationPercent: Type.Optional(Type.Number({ description: "of the time of its last reading in which it worked" })),
  temperatureCelsius: Type.Optional(Type.Number()),
  powerWatts: Type.Optional(Type.Number()),
  powerLimitWatts: Type.Optional(Type.Number()),
  slowed: Type.Optional(
    Type.String({ description: "what holds its clocks back, e.g. slowed by heat (hardware); not there: nothing does" }),
  ),
});
export type FleetGpu = Static<typeof FleetGpu>;

/** What Ollama has in memory on a machine with a GPU. */
export const FleetOllama = Type.Object({
  node: Type.String(),
  isRunning: Type.Optional(Type.Boolean({ description: "not there: that is not known now" })),
  loadedModels: Type.Array(LoadedModelBody, { description: "by name" }),
});
export type FleetOllama = Static<typeof FleetOllama>;

/** GET /api/v1/gpus */
export const FleetGpuList = Type.Object({
  gpus: Type.Array(FleetGpu, { description: "by node and address" }),
  ollamas: Type.Array(FleetOllama, { description: "by node; machines with a GPU on which no Ollama is known are not there" }),
});
export type FleetGpuList = Static<typeof FleetGpuList>;

/** What GET /api/v1/gpus/availability may be asked. */
export const GpuAvailabilityQuery = Type.Object({
  model: Type.Optional(
    Type.String({
      maxLength: 256,
      description: "a model that Ollama has, e.g. llama3.1:8b; without it, whether the GPU is free at all",
    }),
  ),
  context_length_tokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000, description: "with which context" })),
  min_free_vram_gib: Type.Optional(
    Type.Number({ minimum: 0, maximum: 100_000, description: "so much memory must be free, for programs that are not Ollama's" }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, default: 50, description: "how many GPUs are named, the best first" }),
  ),
});
export type GpuAvailabilityQuery = Static<typeof GpuAvailabilityQuery>;

/** One GPU, and what was asked for. */
export const GpuAvailability = Type.Object({
  node: Type.String(),
  gpuId: Type.String(),
  name: Type.String(),
  verdict: Type.Enum(["now", "after-unload", "after-waking", "reserved", "taken", "off", "never", "unknown"], {
    description:
      "after-unload: when others are unloaded, which Ollama does by itself unless the text says otherwise; after-waking: it sleeps, and wakes when it is used; reserved: somebody " +
      "keeps it; taken: programs that are not Ollama's hold the memory; off: its machine is switched off, suspended or does not answer; never: too small, " +
      "or it cannot be used; unknown: it cannot be told",
  }),
  text: Type.String({ description: "why, in one sentence" }),
  freshness: Freshness,
  readAt: Type.Optional(Type.String({ format: "date-time", description: "when its driver was asked last" })),
  freeBytes: Type.Optional(Type.Number()),
  capacityBytes: Type.Optional(Type.Number({ description: "what programs can have of it" })),
  neededBytes: Type.Optional(Type.Number({ description: "by the model that was asked for" })),
  unload: Type.Array(Type.String(), { description: "models that would go, in their order" }),
  unloadLastUsedAt: Type.Optional(
    Type.String({
      format: "date-time",
      description: "about: when one of those was used last; left out where that is not known of all of them",
    }),
  ),
  slots: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: "how many requests for the model that was asked for are answered at once; left out where it is not known",
    }),
  ),
  reservedUntil: Type.Optional(Timestamp),
});
export type GpuAvailability = Static<typeof GpuAvailability>;

/** GET /api/v1/gpus/availability */
export const GpuAvailabilityList = Type.Object({
  text: Type.String({ description: "the answer in one sentence" }),
  gpus: Type.Array(GpuAvailability, { description: "the best first, as many as were asked for" }),
  leftOut: Type.Integer({ minimum: 0, description: "how many more there are" }),
  counts: Type.Record(Type.String(), Type.Integer(), {
    description: "how many GPUs have each verdict, those that are left out too",
  }),
});
export type GpuAvailabilityList = Static<typeof GpuAvailabilityList>;
