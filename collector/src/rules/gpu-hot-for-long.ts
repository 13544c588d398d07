/**
 * The driver has held a GPU back for heat for half an hour: it is at the limit that it was made for, not beyond. It works, and slower than it
 * could. Sources: NVML's clocks event reason SwThermalSlowdown; monitoring facts, 18.4.
 */
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { type ClockLimit, concludeOnClocks } from "./support/gpu-clocks.ts";

const minuteMs = 60_000;

export const gpuHotForLong: Rule = defineRule({
  code: "gpu-hot-for-long",
  title: "GPU held back for heat",
  severity: "low",
  holdMs: 30 * minuteMs,
  clearMs: 15 * minuteMs,
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) => concludeOnClocks(view, limits),
});

const limits: readonly ClockLimit[] = [
  {
    sample: "is_limited_by_software_thermal",
    text: "its driver holds it back for heat",
    action: "Nothing, if it is meant to work this hard; else look after its fans, dust and the air around it.",
  },
];
