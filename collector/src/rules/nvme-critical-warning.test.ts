import type { MessageInitShape } from "@bufbuild/protobuf";
import { type NvmeHealthLogSchema, Outcome } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import type { Verdict } from "../evaluate/rule.ts";
import { viewNode } from "../state/node-view.ts";
import { observation } from "../test-support/observations.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";

type Log = MessageInitShape<typeof NvmeHealthLogSchema>;

function judge(
  nvme: Log | undefined,
  options: { ageMs?: number; firingBits?: number; readAgoMs?: number } = {},
): Verdict | undefined {
  const health = { device: "/dev/nvme0", modelName: "An SSD", ...(nvme === undefined ? {} : { nvme }) };
  const subject = {
    kind: "disk_health",
    id: "eui.1",
    outcome: Outcome.OK,
    value: { case: "diskHealth", value: health },
    readAtUnixMs: observation({}).observedAtUnixMs - BigInt(options.readAgoMs ?? 0),
  } as const;
  const node = observed(connectedNode(), observation({ subjects: [subject] }));
  const { firingBits, ageMs = 0 } = options;
  const current =
    firingBits === undefined ? undefined : aFinding({ evidence: [{ name: "critical_warning", value: firingBits }] });
  return nvmeCriticalWarning.evaluate(viewNode(node, startMs + ageMs), () => current)[0];
}

describe("feature 29: every bit of an NVMe disk's critical warning has its own severity", () => {
  it.each<{ bit: number; severity: Severity; text: string }>([
    { bit: 0, severity: "high", text: "An SSD (/dev/nvme0): its spare capacity is below the threshold" },
    { bit: 2, severity: "high", text: "An SSD (/dev/nvme0): its reliability is degraded by media or internal errors" },
    { bit: 3, severity: "high", text: "An SSD (/dev/nvme0): it has put its media into read-only mode" },
    {
      bit: 4,
      severity: "medium",
      text: "An SSD (/dev/nvme0): the backup of its volatile memory failed, a power cut may lose what was just written",
    },
    { bit: 5, severity: "medium", text: "An SSD (/dev/nvme0): its persistent memory region is read-only or unreliable" },
    { bit: 6, severity: "low", text: "An SSD (/dev/nvme0): it does not know which of its personalities it is in" },
    { bit: 7, severity: "low", text: "An SSD (/dev/nvme0): it gives a warning that the specification does not name yet" },
  ])("fires at once for bit $bit, with its own severity and sentence", ({ bit, severity, text }) => {
    expect(judge({ criticalWarning: 1 << bit })).toMatchObject({ kind: "raise", isDeclared: true, severity, text });
  });

  it.each<{ name: string; log: Log; severity: Severity }>([
    {
      name: "over the disk's own threshold",
      log: { compositeTemperatureCelsius: 82, warningCompositeTemperatureThresholdCelsius: 82 },
      severity: "medium",
    },
    {
      name: "below the disk's own threshold",
      log: { compositeTemperatureCelsius: 75, warningCompositeTemperatureThresholdCelsius: 82 },
      severity: "low",
    },
    { name: "over 70 °C where the disk states no threshold", log: { compositeTemperatureCelsius: 71 }, severity: "medium" },
    { name: "in the cold", log: { compositeTemperatureCelsius: -5 }, severity: "medium" },
    { name: "at room temperature, which makes the sensor suspect", log: { compositeTemperatureCelsius: 41 }, severity: "low" },
    { name: "at a temperature that is not known", log: {}, severity: "low" },
  ])("lets the temperature bit dwell and says $severity for it $name", ({ log, severity }) => {
    const verdict = judge({ criticalWarning: 2, ...log });

    expect(verdict).toMatchObject({ kind: "raise", severity, isDeclared: false });
    expect(nvmeCriticalWarning.holdMs).toBe(5 * 60_000);
  });

  it("does not believe a temperature that the disk's other sensor contradicts (smartmontools issue 637)", () => {
    const stuck = { compositeTemperatureCelsius: 84, warningCompositeTemperatureThresholdCelsius: 82 };

    expect(judge({ criticalWarning: 2, ...stuck, temperatureSensorsCelsius: [84, 40] })).toMatchObject({
      severity: "low",
      text: "An SSD (/dev/nvme0): it warns of its temperature, which does not agree: its sensor or its firmware is suspect",
    });
    expect(judge({ criticalWarning: 2, ...stuck, temperatureSensorsCelsius: [84, 66] })).toMatchObject({ severity: "medium" });
  });

  it("names all bits, the worst first, and shows the numbers", () => {
    const verdict = judge({
      criticalWarning: 0b0111,
      compositeTemperatureCelsius: 90,
      availableSparePercent: 3,
      percentageUsed: 101,
    });

    expect(verdict).toMatchObject({
      severity: "high",
      isDeclared: true,
      action: "Back up what is on it, move replicas away and replace the disk.",
      text: "An SSD (/dev/nvme0): its spare capacity is below the threshold; its reliability is degraded by media or internal errors; it is too hot or too cold",
      evidence: [
        { name: "critical_warning", value: 7 },
        { name: "composite_temperature_celsius", value: 90 },
        { name: "available_spare_percent", value: 3 },
        { name: "percentage_used", value: 101 },
      ],
    });
  });

  it("distrusts for a day a disk that takes its declaration back, but not one that has cooled down", () => {
    const subject = { kind: "disk_health", id: "eui.1" };

    expect(judge({ criticalWarning: 0 }, { firingBits: 0b0100 })).toEqual({ kind: "clear", subject, clearMs: 24 * 3_600_000 });
    expect(judge({ criticalWarning: 0 }, { firingBits: 0b0010 })).toEqual({ kind: "clear", subject });
    expect(judge({ criticalWarning: 0 })).toEqual({ kind: "clear", subject });
  });

  it("believes of a disk that sleeps what it declared before, but not how hot it was", () => {
    const readAgoMs = 3_600_000;

    expect(judge({ criticalWarning: 2, compositeTemperatureCelsius: 90 }, { readAgoMs })?.kind).toBe("hold");
    expect(judge({ criticalWarning: 6, compositeTemperatureCelsius: 90 }, { readAgoMs })).toMatchObject({
      severity: "high",
      text: "An SSD (/dev/nvme0): its reliability is degraded by media or internal errors",
    });
    expect(judge({ criticalWarning: 0 }, { readAgoMs })?.kind).toBe("clear");
  });

  it("concludes nothing from an old reading, from a log without the field, or from another kind of disk", () => {
    expect(judge({ criticalWarning: 4 }, { ageMs: 3_600_000 })?.kind).toBe("hold");
    expect(judge({})?.kind).toBe("hold");
    expect(judge(undefined)?.kind).toBe("hold");
  });
});
