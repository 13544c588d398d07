/** The two parts of NVIDIA's driver do not fit together. */
import { type Fault, minuteMs } from "../fault.ts";

const working = { failure: undefined };

export const gpuDriverMismatch: Fault = {
  name: "gpu-driver-mismatch",
  title: "An upgrade replaces NVIDIA's library while the old kernel module runs on",
  source: "NVML_ERROR_LIB_RM_VERSION_MISMATCH (18); unattended upgrades of nvidia-driver packages",
  machine: "siberian",
  probes: ["gpu"],
  acts: [
    {
      what: "NVML: Driver/library version mismatch",
      change: (scene) => scene.program("nvml", { failure: { nvmlReturn: 18, message: "Driver/library version mismatch" } }),
    },
  ],
  comes: [{ rule: "gpu-unavailable", subject: "gpu", severity: "medium", text: /RTX 5070 Ti|GPU/, withinMs: 7 * minuteMs }],
  labels: { "gpu.memory-gib": "?", "ollama-role": "?" },
  conditions: { GPUHealthy: "False" },
  mended: { what: "the module is loaded anew", change: (scene) => scene.program("nvml", working) },
  overWithinMs: 10 * minuteMs,
};
