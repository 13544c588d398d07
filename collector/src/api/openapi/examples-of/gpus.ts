/** Answers about GPUs and routes. */
import type {
  FleetGpuList,
  GpuAvailabilityList,
  GpuReservation,
  GpuUsage,
  NodeGpus,
  RouteExplanation,
  RouteTableBody,
} from "@nodekeeper/shared/api";

const readAt = "2026-11-22T18:04:10.000Z";

const gpu: NodeGpus["gpus"][number] = {
  ...{ id: "0000:01:00.0", name: "RTX 5070 Ti", verdict: "free", text: "13.2 GiB are free", readAt },
  ...{ isIntegrated: false, memoryTotalBytes: 17_094_934_528, memoryFreeBytes: 14_173_392_076 },
  users: [{ name: "ollama", purpose: "ollama", pid: 2417, owner: "ollama.service", memoryUsedBytes: 2_469_606_195 }],
};

const reservation: GpuReservation = {
  ...{ node: "siberian", kind: "person", by: "mika", reason: "a game" },
  ...{ at: readAt, until: "2026-11-22T21:04:10.000Z" },
};

const nodeGpus: NodeGpus = {
  node: "neko",
  gpus: [gpu],
  ollama: { isRunning: true, version: "0.12.6", addresses: ["100.64.0.5:11434"] },
  loadedModels: [
    {
      ...{ name: "granite4:3b", placement: "gpu", text: "all of it lies on the GPU" },
      ...{ sizeBytes: 2_469_606_195, claimedVramBytes: 2_469_606_195, contextLengthTokens: 4096 },
      expiresAt: "2026-11-22T18:09:10.000Z",
    },
  ],
  models: [
    {
      ...{ name: "granite4:3b", digest: "89962fcc7523", sizeBytes: 2_100_000_000, capabilities: ["completion", "tools"] },
      fit: { answer: "now", text: "it is loaded", gpuId: gpu.id, unload: [], missing: [] },
    },
  ],
};

const gpus: FleetGpuList = {
  gpus: [
    {
      ...{ ...gpu, node: "neko", freshness: "fresh" },
      memory: [{ owner: "ollama", name: "granite4:3b", bytes: 2_469_606_195 }],
      ...{ utilizationPercent: 12, temperatureCelsius: 44, powerWatts: 38.5, powerLimitWatts: 300 },
    },
    { ...gpu, node: "siberian", freshness: "fresh", reservation, users: [], memory: [] },
  ],
  ollamas: [{ node: "neko", isRunning: true, loadedModels: nodeGpus.loadedModels }],
};

const availability: GpuAvailabilityList = {
  text: "the RTX 5070 Ti of neko is free for granite4:3b now: 13.2 GiB are free",
  gpus: [
    {
      ...{ node: "neko", gpuId: gpu.id, name: gpu.name, verdict: "now", text: "13.2 GiB are free", freshness: "fresh", readAt },
      ...{ freeBytes: 14_173_392_076, capacityBytes: 16_600_000_000, neededBytes: 2_469_606_195, unload: [], slots: 1 },
    },
    {
      ...{ node: "siberian", gpuId: gpu.id, name: gpu.name, verdict: "reserved", freshness: "fresh", unload: [] },
      text: "kept for mika (a game) until 2026-11-22 21:04 UTC",
      reservedUntil: "2026-11-22T21:04:10.000Z",
    },
  ],
  leftOut: 0,
  counts: { now: 1, reserved: 1 },
};

const routes: RouteTableBody = {
  version: 7,
  madeAt: readAt,
  servers: [
    {
      ...{ name: "neko", url: "http://100.64.0.5:11434", reach: "up", since: "2026-11-22T17:40:00.000Z", witness: "agent" },
      ...{ isStale: false, kinds: ["generation", "embeddings"], unknownKinds: [], isServing: true, text: "it answers" },
      loadedModels: ["granite4:3b"],
      loaded: [
        {
          ...{ model: "granite4:3b", isKept: false, isInUse: false, contextLengthTokens: 4096, slots: 1 },
          ...{ keptUntil: "2026-11-22T12:04:30.000Z", lastUsedAt: "2026-11-22T11:59:30.000Z" },
        },
      ],
    },
  ],
  models: [
    {
      ...{ model: "granite4:3b", kind: "generation", servers: ["neko"] },
      standings: [{ server: "neko", standing: "loaded", slots: 1 }],
    },
  ],
};

const explanation: RouteExplanation = {
  ...{ model: "granite4:3b", kind: "generation", server: "neko", url: "http://100.64.0.5:11434", tableVersion: 7 },
  text: "granite4:3b goes to neko: it is loaded there",
  candidates: [
    { server: "neko", standing: "loaded", text: "it is loaded there", slots: 1, unload: [], wouldUnload: [], isStale: false },
    {
      ...{ server: "panther", standing: "unloads", slots: 1, unload: ["nomic-embed-text"], isStale: false },
      text: "it needs 2.3 GiB and fits when Ollama has unloaded nomic-embed-text (nomic-embed-text: used about 20 s ago)",
      wouldUnload: [
        {
          ...{ model: "nomic-embed-text", text: "used about 20 s ago", isKept: false, isInUse: false },
          ...{ keptUntil: "2026-11-22T12:04:40.000Z", lastUsedAt: "2026-11-22T11:59:40.000Z" },
        },
      ],
    },
    {
      ...{ server: "siberian", standing: "left-out", text: "its GPU is kept for mika (a game)" },
      ...{ unload: [], wouldUnload: [], isStale: false },
    },
  ],
};

const usage: GpuUsage = {
  ...{ from: "2026-11-22T11:00:00.000Z", to: readAt, stepSeconds: 300, gpusLeftOut: 0, modelsLeftOut: 0 },
  gpus: [
    {
      ...{ node: "neko", gpuId: gpu.id, name: gpu.name, capacityBytes: 16_642_998_272 },
      owners: [
        { owner: "ollama", purpose: "ollama", bytes: [null, 4_294_967_296, 4_294_967_296] },
        { owner: "Cyberpunk2077.exe", purpose: "game", bytes: [null, 0, 3_221_225_472] },
      ],
      freeBytes: [null, 12_348_030_976, 9_126_805_504],
    },
  ],
  modelsFrom: "2026-11-22T11:00:00.000Z",
  models: [
    {
      ...{ node: "neko", model: "granite4:3b", isLoaded: true, loadedSeconds: 2_940 },
      ...{
        loads: 2,
        reloads: 1,
        evictions: 1,
        lastLoadedAt: "2026-11-22T11:42:15.000Z",
        lastEvictedAt: "2026-11-22T11:40:00.000Z",
      },
    },
  ],
};

/** By the name of the route. */
export const gpuExamples: Readonly<Record<string, object>> = {
  "node-gpus": nodeGpus,
  gpus,
  "gpu-availability": availability,
  "gpu-usage": usage,
  "gpu-reservations": { reservations: [reservation] },
  "gpu-reserve": reservation,
  "gpu-release": reservation,
  routes,
  "route-explain": explanation,
};
