/** A machine boots again and again. */
import { type Fault, hourMs, minuteMs } from "../fault.ts";

const reboot = [
  { what: "it goes without a word", afterMs: 4 * minuteMs, agent: { kind: "vanishes" } },
  { what: "it is started anew", afterMs: minuteMs, agent: { kind: "returns", isNewBoot: true } },
] as const;

export const rebootLoop: Fault = {
  name: "reboot-loop",
  title: "A machine crashes and boots three times within a quarter of an hour",
  source: "monitoring facts 19.4; a kernel that panics with panic=10",
  machine: "neko",
  probes: ["system"],
  acts: [...reboot, ...reboot, ...reboot],
  comes: [
    { rule: "reboot-loop", subject: "node", severity: "high", text: /booted \d times within half an hour/, withinMs: minuteMs },
  ],
  mended: { what: "it runs for half an hour" },
  overWithinMs: hourMs,
};
