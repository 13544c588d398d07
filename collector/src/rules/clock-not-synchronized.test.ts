import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn, type Thing } from "../test-support/judge-machine.ts";
import { clockNotSynchronized as rule } from "./clock-not-synchronized.ts";

const said = (value: object, more: Partial<Thing> = {}, afterMs = 0) => {
  const thing: Thing = { kind: "time_sync", value: { case: "timeSync", value }, ...more };
  return severityIn(rule, judge(rule, machineThatSaid({ probe: "time", things: [thing] }), afterMs));
};

// The values are those of the probe `time`: systemd-timesyncd.service(8), chronyc(1) tracking.
describe("clock-not-synchronized", () => {
  it.each([
    { what: "timesyncd that has set it", value: { service: "systemd-timesyncd", isSynchronized: true }, expected: "clear" },
    { what: "timesyncd that has not", value: { service: "systemd-timesyncd", isSynchronized: false }, expected: "low" },
    { what: "chrony without a source", value: { service: "chrony", isSynchronized: false }, expected: "low" },
    { what: "ntpd, which was not asked", value: { service: "ntp" }, expected: "hold" },
    { what: "a machine without a time service", value: { clockSource: "tsc" }, expected: "hold" },
  ])("judges $what: $expected", ({ value, expected }) => {
    expect(said(value)).toBe(expected);
  });

  it("waits for hours, and concludes nothing from what is old or gone", () => {
    expect(rule.holdMs).toBe(7_200_000);
    expect(said({ isSynchronized: false }, {}, 600_000)).toBe("hold");
    expect(said({}, { outcome: Outcome.ABSENT })).toBeUndefined();
  });
});
