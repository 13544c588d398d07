/** A second machine has what proves who a node is. */
import { dayMs, type Fault, minuteMs } from "../fault.ts";

export const identityCloned: Fault = {
  name: "identity-cloned",
  title: "A disk was copied: a second machine speaks in the name of a node",
  source: "Beszel issue 1556: fingerprints of cloned boards collide",
  machine: "neko",
  probes: ["system"],
  acts: [{ what: "192.0.2.66 shows the credential of neko", agent: { kind: "is-cloned" } }],
  comes: [
    {
      rule: "identity-cloned",
      subject: "node",
      severity: "medium",
      text: /a second machine has its identity: 192\.0\.2\.66/,
      withinMs: minuteMs,
    },
  ],
  mended: { what: "the other one is switched off" },
  overWithinMs: dayMs + dayMs / 10,
};
