/**
 * A machine's time service has not set its clock for hours: it reaches no server, or has none. The clock is right for now, and drifts by seconds a day.
 * A machine without a time service that can be asked is not judged: its host may keep its clock.
 */
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";

export const clockNotSynchronized: Rule = defineRule({
  code: "clock-not-synchronized",
  title: "Clock is not kept right",
  severity: "low",
  holdMs: 2 * 3_600_000, // a line to the internet that is down for an hour is another's business
  clearMs: 0, // the service says so
  dependsOn: ["node-not-reporting", "clock-skewed"],
  evaluate: (view: NodeView) =>
    concludeOnValues(view, "timeSync", "whether its clock is kept right", ({ subject, value, readAtMs }) => {
      if (value.isSynchronized === undefined) return unknown("whether its clock is kept right");
      if (value.isSynchronized) return { kind: "clear" };
      const facts = {
        service: value.service,
        clock_source: value.clockSource,
        offset_seconds: subject.samples.get("offset_seconds"),
      };
      return {
        kind: "raise",
        text: `${value.service || "its time service"} has not set the clock since it was started, or for hours`,
        action: "Look at what it says (timedatectl timesync-status, or chronyc sources) and whether UDP port 123 is let out.",
        evidence: evidenceOf(facts, readAtMs),
      };
    }),
});
