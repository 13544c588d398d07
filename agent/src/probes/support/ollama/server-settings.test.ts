import { describe, expect, it } from "vitest";
import { hostSetting, keepServerVariables, processVariables, serverSettings } from "./server-settings.ts";

const settings = (variables: Readonly<Record<string, string>>): ReturnType<typeof serverSettings> =>
  serverSettings(new Map(Object.entries(variables)));

describe("serverSettings", () => {
  it("are those that Ollama takes from its environment", () => {
    expect(
      settings({
        OLLAMA_HOST: "0.0.0.0",
        OLLAMA_ORIGINS: "https://chat.example, http://localhost:*",
        OLLAMA_NUM_PARALLEL: "4",
        OLLAMA_MAX_LOADED_MODELS: "2",
        OLLAMA_MAX_QUEUE: "64",
        OLLAMA_KEEP_ALIVE: "-1",
        OLLAMA_CONTEXT_LENGTH: "32768",
        OLLAMA_KV_CACHE_TYPE: "q8_0",
        OLLAMA_FLASH_ATTENTION: "1",
        OLLAMA_SCHED_SPREAD: "false",
        OLLAMA_GPU_OVERHEAD: "17179869184",
        OLLAMA_MODELS: "/srv/models",
        OLLAMA_LOAD_TIMEOUT: "10m",
        CUDA_VISIBLE_DEVICES: "0",
        ROCR_VISIBLE_DEVICES: "",
      }),
    ).toEqual({
      host: "0.0.0.0",
      origins: ["https://chat.example", "http://localhost:*"],
      parallelCount: 4,
      maximumLoadedModelCount: 2,
      maximumQueueCount: 64,
      keepAlive: "-1",
      contextLengthTokens: 32_768,
      kvCacheType: "q8_0",
      isFlashAttentionEnabled: true,
      isSpreadOverGpus: false,
      gpuOverheadBytes: 17_179_869_184n,
      modelsFolder: "/srv/models",
      loadTimeout: "10m",
      // Set to nothing, a variable of devices hides all of them.
      visibleDevices: ["CUDA_VISIBLE_DEVICES=0", "ROCR_VISIBLE_DEVICES="],
    });
  });

  it("are unset where nothing is set, and where Ollama would not take what is", () => {
    const unset = settings({});
    expect(unset).toMatchObject({ host: "", origins: [], keepAlive: "", visibleDevices: [] });
    expect(unset.parallelCount).toBeUndefined();
    expect(unset.isFlashAttentionEnabled).toBeUndefined();

    const refused = settings({ OLLAMA_NUM_PARALLEL: "many", OLLAMA_MAX_QUEUE: "-1", OLLAMA_GPU_OVERHEAD: "1e9" });
    expect([refused.parallelCount, refused.maximumQueueCount, refused.gpuOverheadBytes]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("lose spaces and quotes around them, and what is neither true nor false is true", () => {
    expect(settings({ OLLAMA_KEEP_ALIVE: ' "24h" ' }).keepAlive).toBe("24h");
    expect(settings({ OLLAMA_FLASH_ATTENTION: "yes" }).isFlashAttentionEnabled).toBe(true);
    expect(settings({ OLLAMA_FLASH_ATTENTION: "False" }).isFlashAttentionEnabled).toBe(false);
  });
});

describe("keepServerVariables", () => {
  it("keeps the named variables and nothing else", () => {
    const environ = "PATH=/bin\0OLLAMA_HOST=0.0.0.0\0OLLAMA_API_KEY=secret\0HF_TOKEN=secret\0OLLAMA_HOSTNAME=x\0OLLAMA_HOST\0";

    expect(keepServerVariables(environ)).toBe("OLLAMA_HOST=0.0.0.0");
    expect(keepServerVariables(keepServerVariables(environ))).toBe(keepServerVariables(environ));
    expect([...processVariables("OLLAMA_HOST=a\0OLLAMA_HOST=b\0OLLAMA_ORIGINS=x=y\0")]).toEqual([
      ["OLLAMA_ORIGINS", "x=y"],
      ["OLLAMA_HOST", "a"],
    ]);
  });
});

describe("hostSetting", () => {
  // As envconfig's own tests have them.
  it.each([
    ["", "127.0.0.1", 11_434],
    ["1.2.3.4", "1.2.3.4", 11_434],
    [":1234", "", 1_234],
    ["1.2.3.4:1234", "1.2.3.4", 1_234],
    ["example.com", "example.com", 11_434],
    ["example.com:1234", "example.com", 1_234],
    ["http://example.com", "example.com", 80],
    ["https://1.2.3.4", "1.2.3.4", 443],
    ["https://example.com:1234/ollama", "example.com", 1_234],
    ["[::1]", "::1", 11_434],
    ["[::]:1337", "::", 1_337],
    [" '0.0.0.0' ", "0.0.0.0", 11_434],
    ["0.0.0.0:66000", "0.0.0.0", 11_434],
    ["example.com:port", "example.com", 11_434],
  ])("%j is %s, port %d", (value, host, port) => {
    expect(hostSetting(value)).toEqual({ host, port });
  });
});
