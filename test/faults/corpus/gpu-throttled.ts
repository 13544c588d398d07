/** A GPU is slowed down by its own hardware, for long. */
import { type Fault, minuteMs } from "../fault.ts";

const thermalSlowdown = 0x48;
const powerLimit = 0x4;

export const gpuThrottled: Fault = {
  name: "gpu-throttled",
  title: "The hardware of a GPU slows it down for heat, for more than five minutes",
  source: "NVML clocks event reasons: HwSlowdown 0x8, HwThermalSlowdown 0x40; monitoring facts 18.4",
  machine: "siberian",
  probes: ["gpu"],
  acts: [
    {
      what: "95 °C, clocks limited by its hardware",
      change: (scene) =>
        scene.program("nvml", { "gpus.0.clocksEventReasons": thermalSlowdown, "gpus.0.temperature.gpuCelsius": 95 }),
    },
  ],
  comes: [
    {
      rule: "gpu-clocks-limited",
      subject: "gpu_status",
      severity: "medium",
      text: /slows it down for heat/,
      withinMs: 7 * minuteMs,
    },
  ],
  mended: {
    what: "it cools down",
    change: (scene) => scene.program("nvml", { "gpus.0.clocksEventReasons": powerLimit, "gpus.0.temperature.gpuCelsius": 71 }),
  },
  overWithinMs: 20 * minuteMs,
};
