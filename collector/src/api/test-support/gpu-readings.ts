/** What the probes of a machine with one GPU and an Ollama read. */
import { GpuPower } from "@nodekeeper/proto";
import { aReading, type Reading } from "./machine.ts";

/** A process that holds memory of the GPU. */
export interface GpuProcessInit {
  readonly pid: number;
  readonly name: string;
  readonly purpose: "ollama" | "desktop" | "game" | "other";
  readonly gib: number;
}

/** A model in memory. */
export interface LoadedInit {
  readonly name: string;
  readonly gib: number;
  readonly contextLengthTokens?: number;
  readonly expiresAtMs?: number;
}

/** A model on disk, of 32 layers with 8 heads of 128: 128 KiB a token. */
export interface ModelInit {
  readonly name: string;
  readonly gib: number;
  readonly capabilities?: readonly string[];
}

const id = "0000:01:00.0";
const gibibyte = 2 ** 30;

/** `gpu`: one card. */
export function gpuReadings(
  init: {
    readonly name?: string;
    readonly gib?: number;
    readonly isAsleep?: boolean;
    readonly processes?: readonly GpuProcessInit[];
    readonly samples?: Readonly<Record<string, number>>;
  } = {},
): readonly Reading[] {
  const { name = "NVIDIA GeForce RTX 5070 Ti", gib = 16, isAsleep = false, processes = [], samples = {} } = init;
  const used = processes.reduce((sum, process) => sum + process.gib, 0) * gibibyte;
  const device = { vendor: "nvidia", productName: name, driver: "nvidia", isIntegrated: false };
  return [
    aReading("gpu", id, {
      case: "gpu",
      value: { ...device, power: isAsleep ? GpuPower.ASLEEP : GpuPower.AWAKE },
    }),
    aReading(
      "gpu_status",
      id,
      {
        case: "gpuStatus",
        value: { productName: name, memoryTotalBytes: BigInt(gib * gibibyte), memoryReservedBytes: 0n, powerLimitWatts: 300 },
      },
      {
        ...{ memory_used_bytes: used, memory_free_bytes: gib * gibibyte - used, utilization_percent: 0 },
        ...{ temperature_celsius: 44, power_watts: 38.5, ...samples },
      },
    ),
    ...processes.map(({ pid, name: processName, purpose, gib: held }) =>
      aReading(
        "gpu_process",
        `${id} ${pid}`,
        { case: "gpuProcess", value: { gpuId: id, purpose, owner: { pidNumber: pid, processName } } },
        { memory_used_bytes: held * gibibyte },
      ),
    ),
  ];
}

/** `ollama`: a server that listens for others on an address and a port. */
export function ollamaReadings(
  init: { readonly address?: string; readonly models?: readonly ModelInit[]; readonly loaded?: readonly LoadedInit[] } = {},
): readonly Reading[] {
  const { address = "100.64.0.5:11434", models = [], loaded = [] } = init;
  return [
    aReading("ollama_server", "", {
      case: "ollamaServer",
      value: { version: "0.32.15", isRunning: true, unit: "ollama.service", settings: {} },
    }),
    aReading("ollama_endpoint", "", { case: "ollamaEndpoint", value: { addresses: [address] } }),
    ...models.map(({ name, gib, capabilities = ["completion"] }) =>
      aReading("ollama_model", name, {
        case: "ollamaModel",
        value: {
          ...{ digest: `sha256:${name}`, sizeBytes: BigInt(Math.round(gib * gibibyte)), capabilities: [...capabilities] },
          ...{ maximumContextLengthTokens: 131_072, layerCount: 32, keyValueHeadCount: 8 },
          ...{ keyLengthDimensions: 128, valueLengthDimensions: 128 },
        },
      }),
    ),
    ...loaded.map(({ name, gib, contextLengthTokens = 4096, expiresAtMs }) =>
      aReading("ollama_loaded_model", name, {
        case: "ollamaLoadedModel",
        value: {
          ...{ digest: `sha256:${name}`, sizeBytes: BigInt(Math.round(gib * gibibyte)), contextLengthTokens },
          sizeVramBytes: BigInt(Math.round(gib * gibibyte)),
          ...(expiresAtMs === undefined ? { isKept: true } : { expiresAtUnixMs: BigInt(expiresAtMs) }),
        },
      }),
    ),
  ];
}
