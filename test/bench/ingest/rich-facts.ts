/** What a node of the benchmark has besides with --rich: a GPU with 40 processes, Ollama with 300 models, and a tailnet of 128 peers. */
import { type Facts, GpuPower, TailscalePath } from "@nodekeeper/proto";
import { type BenchProbe, factsOf, machineId, ok } from "./facts.ts";

const gpuId = "0000:01:00.0";
const gpuSamples = [
  ...["memory_used_bytes", "memory_free_bytes", "temperature_celsius", "power_watts", "fan_percent", "utilization_percent"],
  ...[
    "memory_utilization_percent",
    "graphics_clock_hertz",
    "memory_clock_hertz",
    "energy_joules_total",
    "performance_state_number",
  ],
];
const peerSamples = ["receive_bytes_total", "transmit_bytes_total", "handshake_age_seconds", "is_active"];

/** The probes, at their default intervals. */
export const richProbes: readonly BenchProbe[] = [
  { name: "gpu", intervalMs: 15_000, facts: gpuFacts },
  { name: "ollama", intervalMs: 15_000, facts: ollamaFacts },
  { name: "tailscale", intervalMs: 15_000, facts: tailscaleFacts },
];

function gpuFacts(): Facts {
  const status = {
    ...{ uuid: `GPU-${"b".repeat(36)}`, productName: "NVIDIA GeForce RTX 5070 Ti", driverVersion: "580.159.04" },
    ...{ memoryTotalBytes: 17_095_000_000n, vbiosVersion: "98.03.58.00.00", source: "nvml", recoveryAction: "none" },
  };
  const processes = Array.from({ length: 40 }, (_, index) =>
    ok(
      "gpu_process",
      `${gpuId} ${2000 + index}`,
      {
        case: "gpuProcess",
        value: {
          ...{ gpuId, isCompute: true, purpose: index < 3 ? "ollama" : "other" },
          owner: { pidNumber: 2000 + index, processName: `program-${index}`, unit: "user@1000.service", user: "mika" },
        },
      },
      ["memory_used_bytes"],
    ),
  );
  const device = {
    vendor: "nvidia",
    productName: "NVIDIA GeForce RTX 5070 Ti",
    pciId: "10de:2c05",
    driver: "nvidia",
    power: GpuPower.AWAKE,
  };
  return factsOf([
    ok("gpu", gpuId, { case: "gpu", value: device }),
    ok("gpu_status", gpuId, { case: "gpuStatus", value: status }, gpuSamples),
    ...processes,
  ]);
}

function ollamaFacts(): Facts {
  const models = Array.from({ length: 300 }, (_, index) => {
    const size = { sizeBytes: 4_900_000_000n, parameterSize: "8.2B", quantization: "Q4_K_M", family: "qwen3" };
    const shape = { layerCount: 36, keyValueHeadCount: 8, keyLengthDimensions: 128, valueLengthDimensions: 128 };
    const digest = index.toString(16).padStart(64, "0");
    const value = {
      ...size,
      ...shape,
      digest,
      weightsDigest: digest,
      capabilities: ["completion", "tools"],
      maximumContextLengthTokens: 40_960,
    };
    return ok("ollama_model", `model-${index}:8b`, { case: "ollamaModel", value });
  });
  const loaded = { digest: "0".repeat(64), sizeBytes: 100_000_000n, sizeVramBytes: 100_000_000n, contextLengthTokens: 4096 };
  return factsOf([
    ok("ollama_server", "", { case: "ollamaServer", value: { version: "0.32.15", isRunning: true, unit: "ollama.service" } }),
    ok("ollama_endpoint", "", { case: "ollamaEndpoint", value: { addresses: ["192.0.2.7:11434"] } }),
    ok("ollama_loaded_model", "model-0:8b", { case: "ollamaLoadedModel", value: loaded }),
    ...models,
  ]);
}

function tailscaleFacts(node: number): Facts {
  const peers = Array.from({ length: 128 }, (_, index) =>
    ok(
      "tailscale_peer",
      `n${machineId(index).slice(16)}CNTRL`,
      {
        case: "tailscalePeer",
        value: {
          ...{ hostName: `peer-${index}`, dnsName: `peer-${index}.tail1234.ts.net`, operatingSystem: "linux" },
          ...{ addresses: [`100.64.1.${index}`, `fd7a:115c:a1e0::${index}`], isOnline: true, homeRegion: "fra" },
          ...{ path: TailscalePath.DIRECT, pathDetail: `192.0.2.${index}:41641` },
        },
      },
      peerSamples,
    ),
  );
  const self = {
    backendState: "Running",
    stableId: `n${node}`,
    dnsName: `node-${node}.tail1234.ts.net`,
    isOnline: true,
    isKeyExpired: false,
  };
  return factsOf([ok("tailscale", "", { case: "tailscale", value: self }), ...peers]);
}
