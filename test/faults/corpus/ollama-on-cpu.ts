/** Ollama says that a model is on the GPU, and it is not. */
import { type Fault, minuteMs } from "../fault.ts";

/** As Ollama says it with OLLAMA_KEEP_ALIVE=-1. */
const forEver = "2318-03-05T03:07:12Z";
const processes = [
  { pid: 2101, memoryBytes: 432_013_312, isCompute: false, isGraphics: true },
  { pid: 3300, memoryBytes: 9_663_676_416, isCompute: false, isGraphics: true },
];

export const ollamaOnCpu: Fault = {
  name: "ollama-on-cpu",
  title: "After a suspend Ollama runs on the CPU, and goes on saying that its model is on the GPU",
  source: "ollama issues 5464, 8426 and 9410",
  machine: "siberian",
  probes: ["gpu", "ollama"],
  prepare: (scene) => scene.service("ollama ps", { "models.0.expires_at": forEver }),
  acts: [
    {
      what: "the driver sees no memory of Ollama's process; size_vram says all of it",
      change: (scene) => scene.program("nvml", { "gpus.0.processes": processes, "gpus.0.memory.usedBytes": 10_479_468_544 }),
    },
  ],
  comes: [
    { rule: "ollama-on-cpu", subject: "ollama_loaded_model", severity: "medium", text: /granite4:3b/, withinMs: 4 * minuteMs },
  ],
  mended: {
    what: "Ollama is restarted",
    change: (scene) =>
      scene.program("nvml", {
        "gpus.0.processes": [...processes, { pid: 2977, memoryBytes: 4_422_893_568, isCompute: true, isGraphics: false }],
        "gpus.0.memory.usedBytes": 14_902_362_112,
      }),
  },
  overWithinMs: 5 * minuteMs,
};
