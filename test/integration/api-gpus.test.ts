/** The GPUs of a node over a real socket: the verdict, the models in memory and on disk, and what fits. */
import { GpuPower } from "@nodekeeper/proto";
import { NodeGpus, type Problem } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { expectBody } from "../../collector/src/api/test-support/expect-body.ts";
import { aFailedReading, aReading, Machine } from "../../collector/src/api/test-support/machine.ts";

const id = "0000:01:00.0";
const gibibyte = 2 ** 30;
const gib = (count: number): bigint => BigInt(count * gibibyte);
let api: ApiHarness;

const game = { pidNumber: 9, processName: "game.exe", user: "mika" };
const model = { layerCount: 32, keyValueHeadCount: 8, keyLengthDimensions: 128, valueLengthDimensions: 128 };

beforeEach(async () => {
  api = await startApi();
  const siberian = new Machine("siberian", ["ollama", "gpu"]);
  const nowMs = Date.now();
  const onDisk = (name: string, size: number, capabilities: string[]) =>
    aReading("ollama_model", name, {
      case: "ollamaModel",
      value: { ...model, digest: `sha256:${name}`, sizeBytes: gib(size), capabilities },
    });
  const held = (pid: number, owner: object, purpose: string, size: number) =>
    aReading(
      "gpu_process",
      `${id} ${pid}`,
      { case: "gpuProcess", value: { gpuId: id, owner: { pidNumber: pid, ...owner }, purpose } },
      { memory_used_bytes: size * gibibyte },
    );
  const ollama = [
    aReading("ollama_server", "", { case: "ollamaServer", value: { version: "0.32.15", isRunning: true } }),
    aFailedReading("ollama_endpoint", "", "it listens on 127.0.0.1:11434 only", "OLLAMA_LOOPBACK_ONLY"),
    aReading("ollama_loaded_model", "small", {
      case: "ollamaLoadedModel",
      value: { digest: "sha256:small", sizeBytes: gib(3), sizeVramBytes: gib(3), contextLengthTokens: 4096 },
    }),
    aReading("ollama_loaded_model", "fallen", {
      case: "ollamaLoadedModel",
      value: { digest: "sha256:fallen", sizeBytes: gib(9), sizeVramBytes: gib(9) },
    }),
    ...[onDisk("small", 2, ["completion"]), onDisk("large", 7, ["completion"]), onDisk("huge", 40, ["completion"])],
  ];
  const gpu = [
    aReading("gpu", id, { case: "gpu", value: { vendor: "nvidia", driver: "nvidia", power: GpuPower.AWAKE } }),
    aReading(
      "gpu_status",
      id,
      { case: "gpuStatus", value: { productName: "RTX 5070 Ti", memoryTotalBytes: gib(16) } },
      { memory_used_bytes: 9 * gibibyte, memory_free_bytes: 7 * gibibyte, utilization_percent: 90 },
    ),
    held(7, { processName: "ollama", unit: "ollama.service" }, "ollama", 3),
    held(9, game, "game", 6),
  ];
  const said = [siberian.connect(nowMs), siberian.observe("ollama", ollama, nowMs), siberian.observe("gpu", gpu, nowMs)];
  for (const event of said) api.state.apply(event);
});

afterEach(() => api[Symbol.asyncDispose]());

describe("GET /api/v1/nodes/{name}/gpus", () => {
  it("tells the verdict with who holds the memory, in the form that it promises", async () => {
    const { node, gpus, ollama } = expectBody(NodeGpus, await api.get("/api/v1/nodes/siberian/gpus"));

    expect(node).toBe("siberian");
    expect(gpus).toMatchObject([
      {
        ...{ id, name: "RTX 5070 Ti", verdict: "taken", memoryFreeBytes: 7 * gibibyte },
        text: "taken by game.exe (game, 6.0 GiB); 7.0 GiB of 16.0 GiB are free",
        users: [
          { name: "game.exe", purpose: "game", pid: 9, owner: "mika", memoryUsedBytes: 6 * gibibyte },
          { name: "ollama", purpose: "ollama", pid: 7, owner: "ollama.service", memoryUsedBytes: 3 * gibibyte },
        ],
      },
    ]);
    expect(ollama).toEqual({
      isRunning: true,
      version: "0.32.15",
      addresses: [],
      failure: { code: "OLLAMA_LOOPBACK_ONLY", message: "it listens on 127.0.0.1:11434 only" },
    });
  });

  it("tells where loaded models really lie", async () => {
    const { loadedModels } = expectBody(NodeGpus, await api.get("/api/v1/nodes/siberian/gpus"));

    expect(loadedModels.map(({ name, placement }) => [name, placement])).toEqual([
      ["fallen", "cpu-fallback"],
      ["small", "gpu"],
    ]);
  });

  it("tells which models fit, by the context that is asked for", async () => {
    const answers = async (query: string) => {
      const { models } = expectBody(NodeGpus, await api.get(`/api/v1/nodes/siberian/gpus${query}`));
      return models.map(({ name, fit }) => [name, fit.answer, fit.contextLengthTokens]);
    };

    expect(await answers("")).toEqual([
      ["huge", "never", 4096],
      ["large", "after-unload", 4096],
      ["small", "now", 4096],
    ]);
    expect(await answers("?contextLengthTokens=32768")).toEqual([
      ["huge", "never", 32_768],
      ["large", "without-others", 32_768],
      ["small", "after-unload", 32_768],
    ]);
  });

  it("refuses a context that is none, and names the node that was probably meant", async () => {
    const wrong = await api.get("/api/v1/nodes/siberian/gpus?contextLengthTokens=many");
    const unknown = await api.get("/api/v1/nodes/sibirian/gpus");

    expect([wrong.status, unknown.status]).toEqual([400, 404]);
    expect((JSON.parse(wrong.text) as Problem).detail).toContain("contextLengthTokens");
    expect((JSON.parse(unknown.text) as Problem).detail).toContain('did you mean "siberian"?');
  });

  it("answers with nothing of a machine without GPUs and Ollama", async () => {
    const neko = new Machine("neko", ["disks"]);
    api.state.apply(neko.connect(Date.now()));

    expect(expectBody(NodeGpus, await api.get("/api/v1/nodes/neko/gpus"))).toEqual({
      ...{ node: "neko", gpus: [], loadedModels: [], models: [] },
    });
  });
});
