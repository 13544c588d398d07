/** A GPU has fallen off the bus. */
import { type Fault, minuteMs } from "../fault.ts";

const address = "0000:01:00.0";

export const gpuOffTheBus: Fault = {
  name: "gpu-off-the-bus",
  title: "An NVIDIA GPU falls off the bus: its driver tells of Xid 79 and does not reach it any more",
  source: "NVIDIA's catalogue of Xids, 79; NVML_ERROR_GPU_IS_LOST (15)",
  machine: "siberian",
  probes: ["gpu", "kernel-log"],
  acts: [
    {
      what: "Xid 79; NVML says that the GPU is lost",
      async change(scene) {
        scene.kernel("NVRM: GPU at PCI:0000:01:00: GPU-51be0000-aaaa-4bbb-8ccc-ddddeeee0001", 3);
        scene.kernel("NVRM: Xid (PCI:0000:01:00): 79, pid=2977, name=ollama, GPU has fallen off the bus.", 3);
        scene.kernel(`NVRM: GPU ${address}: GPU has fallen off the bus.`, 3);
        await scene.programText("nvml", lost);
      },
    },
  ],
  comes: [{ rule: "gpu-unavailable", subject: "gpu", severity: "high", text: /RTX 5070 Ti.*bus/, withinMs: minuteMs }],
  labels: { "gpu.memory-gib": "?", "ollama-role": "?" },
  conditions: { GPUHealthy: "False" },
  mended: {
    what: "the machine is restarted",
    change: (scene) => scene.programText("nvml", working),
    agent: { kind: "returns", isNewBoot: true },
  },
  overWithinMs: 10 * minuteMs,
};

const lost = JSON.stringify({
  ...{ source: "nvml", driverVersion: "580.95.05", cudaVersion: "13.0" },
  gpus: [{ pciAddress: address, failure: { nvmlReturn: 15, message: "GPU is lost" } }],
});
const working = JSON.stringify({
  ...{ source: "nvml", driverVersion: "580.95.05", cudaVersion: "13.0" },
  gpus: [{ pciAddress: address, productName: "NVIDIA GeForce RTX 5070 Ti", processes: [] }],
});
