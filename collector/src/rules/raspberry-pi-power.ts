/**
 * The supply voltage of a Raspberry Pi is, or was, under 4.63 V. That alone slows it down; with an NVMe drive on its connector it makes the
 * controller of the drive reset or vanish, which looks like a dying drive and is none. Sources: the firmware's get_throttled and the kernel
 * log; a dip of more than a week ago is told in the node's view only; geerlingguy/raspberry-pi-pcie-devices 570, raspberrypi/linux 6661.
 */
import type { RaspberryPi } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import type { NodeView } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredInTens } from "./support/measure.ts";
import { nvmeResets } from "./support/nvme-resets.ts";
import { isWeak } from "./support/weak-power.ts";

export const raspberryPiPower: Rule = defineRule({
  code: "raspberry-pi-power",
  title: "Power supply too weak",
  severity: "medium",
  holdMs: 0, // the firmware says it
  clearMs: 60 * 60_000, // what has been clears with a restart or after a week; what is now comes and goes with the load
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) =>
    concludeOnValues(view, "raspberryPi", "its power", ({ value, readAtMs }) => {
      if (value.isUnderVoltage === undefined && value.hasBeenUnderVoltage === undefined) return unknown("its supply voltage");
      const isNow = value.isUnderVoltage === true;
      if (!isWeak(value, view)) return { kind: "clear", clearMs: 0 };
      const resets = nvmeResets(view);
      const count = resets.reduce((sum, each) => sum + each.count, 0);
      const facts = {
        cause: "power",
        is_under_voltage: value.isUnderVoltage,
        has_been_under_voltage: value.hasBeenUnderVoltage,
        is_throttled: value.isThrottled,
        has_been_throttled: value.hasBeenThrottled,
        source: value.powerSource,
        nvme_resets: count === 0 ? undefined : count,
        nvme_devices: [...new Set(resets.map(({ device }) => device))].join(", "),
        nvme_message: resets[0]?.message,
      };
      return {
        kind: "raise",
        severity: severityOf(value, count),
        isDeclared: true,
        text: `the supply voltage ${isNow ? "is" : "was"} too low${isNow ? "" : " since the start"}${resetText(count)}`,
        action:
          "Use a supply that gives 5 V at 5 A over a short cable (27 W for a Raspberry Pi 5), and take USB devices off that need much; then restart the machine." +
          (count === 0 ? "" : " Judge the NVMe drive only after that."),
        evidence: evidenceOf(facts, readAtMs),
        measure: measuredInTens("nvme_resets", count),
      };
    }),
});

function severityOf({ isUnderVoltage }: RaspberryPi, resetCount: number): Severity {
  if (resetCount > 0) return "high";
  return isUnderVoltage === true ? "medium" : "low";
}

function resetText(count: number): string {
  if (count === 0) return "";
  return `, and the NVMe drive dropped out ${count === 1 ? "once" : `${count} times`}: the power supply is the likely cause`;
}
