/** What the rules about slowed-down GPUs have in common. */

import { GpuPower } from "@nodekeeper/proto";
import type { Verdict } from "../../evaluate/rule.ts";
import { type NodeView, valuesOf } from "../../state/node-view.ts";
import { concludeOnValues } from "./conclude-on-values.ts";
import { unknown } from "./disk-verdicts.ts";
import { evidenceOf } from "./evidence.ts";
import { gpuNames } from "./gpu-names.ts";

/** A reason for lower clocks that is told when it lasts. */
export interface ClockLimit {
  /** Name of the sample: 1 while it applies. */
  readonly sample: string;
  readonly text: string;
  readonly action: string;
}

/** Raises for each GPU to which one of them applies now; one that sleeps is not slowed down. */
export function concludeOnClocks(view: NodeView, limits: readonly ClockLimit[]): readonly Verdict[] {
  const nameOf = gpuNames(view);
  const powers = new Map(valuesOf(view, "gpu").map(({ subject, value }) => [subject.id, value.power]));
  return concludeOnValues(view, "gpuStatus", "what its driver says", ({ subject, value, readAtMs, isReadNow }) => {
    if (powers.get(subject.id) === GpuPower.ASLEEP) return { kind: "clear" };
    const said = limits.map((limit) => ({ ...limit, state: subject.samples.get(limit.sample) }));
    const applying = said.filter(({ state }) => state === 1);
    const [first] = applying;
    if (!isReadNow || (first === undefined && said.some(({ state }) => state === undefined))) return unknown("why it is slow");
    if (first === undefined) return { kind: "clear" };
    const facts = {
      ...Object.fromEntries(said.map(({ sample, state }) => [sample, state === undefined ? undefined : state === 1])),
      temperature_celsius: subject.samples.get("temperature_celsius"),
      slowdown_celsius: value.slowdownCelsius,
      power_watts: subject.samples.get("power_watts"),
      power_limit_watts: value.powerLimitWatts,
      graphics_clock_hertz: subject.samples.get("graphics_clock_hertz"),
      maximum_graphics_clock_hertz: value.maximumGraphicsClockHertz,
      fan_percent: subject.samples.get("fan_percent"),
    };
    return {
      kind: "raise",
      text: `${nameOf(subject.id)}: ${applying.map(({ text }) => text).join(", and ")}`,
      action: applying.map(({ action }) => action).join(" "),
      evidence: evidenceOf(facts, readAtMs),
    };
  });
}
