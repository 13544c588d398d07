/** The clock of a machine jumps. */
import { type Fault, hourMs, minuteMs } from "../fault.ts";

export const clockJump: Fault = {
  name: "clock-jump",
  title: "The wall clock of a machine jumps an hour ahead",
  source: "a Raspberry Pi without a battery for its clock; monitoring facts 18.5",
  machine: "neko",
  probes: ["system", "time", "disks", "kernel-log"],
  acts: [{ what: "an hour ahead", agent: { kind: "clock-set", aheadMs: hourMs } }],
  comes: [
    { rule: "clock-skewed", subject: "node", severity: "medium", text: /ahead of the collector's/, withinMs: 9 * minuteMs },
  ],
  mended: { what: "it is set right", agent: { kind: "clock-set", aheadMs: 0 } },
  overWithinMs: 10 * minuteMs,
};
