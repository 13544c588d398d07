/** An API over machines with GPUs and Ollama, as their agents would report them. */
import { GpuPower } from "@nodekeeper/proto";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { aReading, Machine } from "../../collector/src/api/test-support/machine.ts";
import { noRouting } from "../../collector/src/api/test-support/no-routing.ts";
import type { Backend } from "../../collector/src/routing/backend.ts";
import { backendOfNode } from "../../collector/src/routing/backend-of-node.ts";
import { routeOf } from "../../collector/src/routing/route.ts";
import { viewNode } from "../../collector/src/state/node-view.ts";

/** A machine with one GPU of 16 GiB. */
export interface GpuMachineOptions {
  readonly name: string;
  /** Memory that a game holds, in GiB. */
  readonly gameGib?: number;
  /** Models on its disk with their size in GiB. */
  readonly models?: Readonly<Record<string, number>>;
  /** Names of those that are in memory. */
  readonly loaded?: readonly string[];
}

const gpuId = "0000:01:00.0";
const gibibyte = 2 ** 30;
const shape = { layerCount: 32, keyValueHeadCount: 8, keyLengthDimensions: 128, valueLengthDimensions: 128 };

/** Starts it. Ollama's servers are taken to answer, and are for everything. */
export async function aGpuHouse(machines: readonly GpuMachineOptions[]): Promise<ApiHarness> {
  let api: ApiHarness | undefined;
  const backends = (): readonly Backend[] =>
    (api?.state.nodes() ?? []).flatMap((node) => {
      const backend = backendOfNode({
        view: viewNode(node, Date.now()),
        clusterAddresses: [],
        roles: { generation: { word: "yes", because: "all" }, embeddings: { word: "yes", because: "all" } },
        reachOf: () => ({ kind: "up", sinceMs: 0 }),
        wordOf: () => undefined,
        reservation: undefined,
        slowedSinceMs: undefined,
      });
      return backend === undefined ? [] : [{ ...backend, url: `http://${backend.name}:11434` }];
    });
  const explain = (request: Parameters<typeof routeOf>[0]) => routeOf(request, backends(), Date.now());
  api = await startApi({ routing: { ...noRouting, backends, explain } });
  for (const machine of machines) report(api, machine);
  return api;
}

function report(api: ApiHarness, { name, gameGib = 0, models = {}, loaded = [] }: GpuMachineOptions): void {
  const machine = new Machine(name, ["ollama", "gpu"]);
  const nowMs = Date.now();
  const sizeOf = (model: string): number => Math.round((models[model] ?? 1) * gibibyte);
  const ollama = [
    aReading("ollama_server", "", { case: "ollamaServer", value: { version: "0.32.15", isRunning: true } }),
    ...Object.keys(models).map((model) =>
      aReading("ollama_model", model, {
        case: "ollamaModel",
        value: { ...shape, digest: `sha256:${model}`, sizeBytes: BigInt(sizeOf(model)), capabilities: ["completion"] },
      }),
    ),
    ...loaded.map((model) =>
      aReading("ollama_loaded_model", model, {
        case: "ollamaLoadedModel",
        value: {
          ...{ digest: `sha256:${model}`, sizeBytes: BigInt(sizeOf(model)), sizeVramBytes: BigInt(sizeOf(model)) },
          contextLengthTokens: 4096,
        },
      }),
    ),
  ];
  const usedBytes = gameGib * gibibyte + loaded.reduce((sum, model) => sum + sizeOf(model), 0);
  const held = (pid: number, processName: string, purpose: string, bytes: number) =>
    aReading(
      "gpu_process",
      `${gpuId} ${pid}`,
      { case: "gpuProcess", value: { gpuId, owner: { pidNumber: pid, processName }, purpose } },
      { memory_used_bytes: bytes },
    );
  const gpu = [
    aReading("gpu", gpuId, { case: "gpu", value: { vendor: "nvidia", driver: "nvidia", power: GpuPower.AWAKE } }),
    aReading(
      "gpu_status",
      gpuId,
      { case: "gpuStatus", value: { productName: "RTX 5070 Ti", memoryTotalBytes: BigInt(16 * gibibyte) } },
      { memory_used_bytes: usedBytes, memory_free_bytes: 16 * gibibyte - usedBytes, utilization_percent: 0 },
    ),
    ...(gameGib === 0 ? [] : [held(9, "game.exe", "game", gameGib * gibibyte)]),
    ...loaded.map((model, index) => held(20 + index, "ollama", "ollama", sizeOf(model))),
  ];
  api.state.apply(machine.connect(nowMs));
  api.state.apply(machine.observe("ollama", ollama, nowMs, [], ["ollama_model", "ollama_loaded_model"]));
  api.state.apply(machine.observe("gpu", gpu, nowMs, [], ["gpu_process"]));
}
