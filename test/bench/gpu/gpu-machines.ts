/** Machines with a GPU and an Ollama that report, as many as are wanted: what the benchmark's state is made of. */
import { GpuPower } from "@nodekeeper/proto";
import { aReading, Machine, type Reading } from "../../../collector/src/api/test-support/machine.ts";
import { diskReadings, sensorReadings, smartReadings, systemReadings } from "../../../collector/src/api/test-support/readings.ts";
import type { StateEvent } from "../../../collector/src/state/event.ts";

const gibibyte = 2 ** 30;
const cardGib = 16;
const gpuId = "0000:01:00.0";
const shape = { layerCount: 32, keyValueHeadCount: 8, keyLengthDimensions: 128, valueLengthDimensions: 128 };

/** On the disk of every machine, with their size in GiB. */
const onDisk: Readonly<Record<string, number>> = Object.fromEntries([
  ...Object.entries({ "llama3.1:8b": 5, "granite4:3b": 2, "qwen2.5:14b": 9, "gemma3:27b": 17, "nomic-embed-text:latest": 0.3 }),
  ...Array.from({ length: 15 }, (_, index) => [`model-${index}:7b`, 4 + (index % 5)] as const),
]);

/** What people ask for, as parameters of /gpus/availability: models, contexts, programs. */
export const wishes: readonly string[] = [
  "",
  "min_free_vram_gib=6",
  "min_free_vram_gib=12",
  ...["llama3.1:8b", "granite4:3b", "qwen2.5:14b", "gemma3:27b", "nomic-embed-text", "model-3:7b"].map(
    (model) => `model=${model}`,
  ),
  ...[8_192, 32_768, 131_072].map((tokens) => `model=llama3.1:8b&context_length_tokens=${tokens}`),
];

/** A machine that reports. */
export class GpuReporter {
  readonly name: string;
  readonly #machine: Machine;
  readonly #index: number;

  constructor(index: number) {
    this.name = `gpu-${index}`;
    this.#machine = new Machine(this.name, ["system", "disks", "sensors", "smart", "tailscale", "ollama", "gpu"]);
    this.#index = index;
  }

  /** All that it says when it connects. */
  first(atMs: number): readonly StateEvent[] {
    const said = {
      system: systemReadings(1000, 0.5),
      disks: diskReadings(),
      sensors: sensorReadings(40),
      smart: smartReadings(),
    };
    return [
      this.#machine.connect(atMs),
      ...Object.entries(said).map(([probe, readings]) => this.#machine.observe(probe, readings, atMs)),
      this.#machine.observe("tailscale", this.#tailscale(), atMs),
      this.ollama(atMs),
      this.gpu(atMs, 0),
    ];
  }

  /** What has nothing to do with GPUs. */
  system(atMs: number): StateEvent {
    return this.#machine.observe("system", systemReadings(1015, Math.random()), atMs);
  }

  /** What its Ollama has; every third machine has a model in memory. */
  ollama(atMs: number): StateEvent {
    const addresses = [`${this.#address()}:11434`];
    const readings = [
      aReading("ollama_server", "", { case: "ollamaServer", value: { version: "0.32.15", isRunning: true } }),
      aReading("ollama_endpoint", "", { case: "ollamaEndpoint", value: { addresses } }),
      ...Object.entries(onDisk).map(([name, gib]) =>
        aReading("ollama_model", name, {
          case: "ollamaModel",
          value: { ...shape, digest: `sha256:${name}`, sizeBytes: bytes(gib), capabilities: ["completion"] },
        }),
      ),
      ...this.#loaded().map((name) =>
        aReading("ollama_loaded_model", name, {
          case: "ollamaLoadedModel",
          value: {
            ...{ digest: `sha256:${name}`, sizeBytes: bytes(onDisk[name]), sizeVramBytes: bytes(onDisk[name]) },
            ...{ contextLengthTokens: 4096, expiresAtUnixMs: BigInt(atMs + 300_000) },
          },
        }),
      ),
    ];
    return this.#machine.observe("ollama", readings, atMs, [], ["ollama_loaded_model"]);
  }

  /** What its card does; every fifth machine has a game on it. */
  gpu(atMs: number, utilizationPercent: number): StateEvent {
    const gameBytes = this.#index % 5 === 4 ? 9 * gibibyte : 0;
    const modelBytes = this.#loaded().reduce((sum, name) => sum + (onDisk[name] ?? 0) * gibibyte, 0);
    const usedBytes = 0.3 * gibibyte + gameBytes + modelBytes;
    const held = (pid: number, processName: string, purpose: string, memory: number): Reading =>
      aReading(
        "gpu_process",
        `${gpuId} ${pid}`,
        { case: "gpuProcess", value: { gpuId, owner: { pidNumber: pid, processName }, purpose } },
        { memory_used_bytes: memory },
      );
    const readings = [
      aReading("gpu", gpuId, { case: "gpu", value: { vendor: "nvidia", driver: "nvidia", power: GpuPower.AWAKE } }),
      aReading(
        "gpu_status",
        gpuId,
        { case: "gpuStatus", value: { productName: "RTX 5070 Ti", memoryTotalBytes: bytes(cardGib) } },
        {
          ...{ memory_used_bytes: usedBytes, memory_free_bytes: cardGib * gibibyte - usedBytes },
          ...{ utilization_percent: utilizationPercent, temperature_celsius: 40 + utilizationPercent / 3, power_watts: 30 },
        },
      ),
      held(7, "gnome-shell", "desktop", 0.3 * gibibyte),
      ...(gameBytes === 0 ? [] : [held(9, "game.exe", "game", gameBytes)]),
      ...(modelBytes === 0 ? [] : [held(20, "ollama", "ollama", modelBytes)]),
    ];
    return this.#machine.observe("gpu", readings, atMs);
  }

  #loaded(): readonly string[] {
    return this.#index % 3 === 0 ? ["granite4:3b"] : [];
  }

  #tailscale(): readonly Reading[] {
    return [aReading("tailscale", "", { case: "tailscale", value: { backendState: "Running", addresses: [this.#address()] } })];
  }

  #address(): string {
    return `100.${64 + (this.#index >> 16)}.${(this.#index >> 8) & 255}.${this.#index & 255}`;
  }
}

function bytes(gib = 1): bigint {
  return BigInt(Math.round(gib * gibibyte));
}
