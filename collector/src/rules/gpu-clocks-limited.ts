/**
 * A GPU is slowed down by its own hardware and stays so: it is too hot, or its power supply holds it back. Slowing down for a moment, by
 * software, or at the power limit is how GPUs work, and nobody's business. Sources: NVML's clocks event reasons; monitoring facts, 18.4.
 */
import { defineRule, type Rule } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, valuesOf } from "../state/node-view.ts";
import { type ClockLimit, concludeOnClocks } from "./support/gpu-clocks.ts";

const minuteMs = 60_000;

export const gpuClocksLimited: Rule = defineRule({
  code: "gpu-clocks-limited",
  title: "GPU slowed down by its hardware",
  severity: "medium",
  holdMs: 5 * minuteMs,
  clearMs: 15 * minuteMs,
  dependsOn: ["node-not-reporting"],
  // On its battery a laptop holds its GPU back by the same line, as it is made to.
  evaluate: (view: NodeView) => concludeOnClocks(view, isOnBattery(view) ? [thermal] : [thermal, powerBrake]),
});

const thermal: ClockLimit = {
  sample: "is_limited_by_hardware_thermal",
  text: "its hardware slows it down for heat",
  action: "Look after its fans, dust and the air around it: it is hotter than it may be for long.",
};
const powerBrake: ClockLimit = {
  sample: "is_limited_by_power_brake",
  text: "its power supply holds it back (power brake)",
  action: "Look at its power cables and at the power supply: it takes more than it is given.",
};

function isOnBattery(view: NodeView): boolean {
  return valuesOf(view, "battery").some(({ subject, value }) => isFreshAndOk(subject) && value.isOnMains === false);
}
