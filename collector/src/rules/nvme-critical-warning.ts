/**
 * An NVMe disk declares a fault of its own (SMART / Health Information log, critical warning; NVM Express Base Specification). The device
 * knows best: what it declares fires at once. Only the temperature bit dwells, and counts only where the temperature agrees: firmwares are
 * known that raise it at 40 °C, or with a temperature that is stuck (smartmontools issue 637).
 */
import type { NvmeHealthLog } from "@nodekeeper/proto";
import type { Evidence, Finding, Severity } from "@nodekeeper/shared/api";
import { defineRule, type FiringOf, type Rule } from "../evaluate/rule.ts";
import { compareSeverity } from "../evaluate/severity.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";
import { areSensorsAtOdds, limitsOf } from "./support/nvme-temperature.ts";

const replaceIt = "Back up what is on it, move replicas away and replace the disk.";
const minuteMs = 60_000;

/** What a bit means. */
interface Warning {
  readonly severity: Severity;
  readonly text: string;
  readonly action: string;
}

/** Bits 0 and 2 to 6 of the critical warning, in their order. Bit 1 is told apart below. */
const warnings: ReadonlyMap<number, Warning> = new Map([
  [0, { severity: "high", text: "its spare capacity is below the threshold", action: replaceIt }],
  [2, { severity: "high", text: "its reliability is degraded by media or internal errors", action: replaceIt }],
  [3, { severity: "high", text: "it has put its media into read-only mode", action: replaceIt }],
  [
    4,
    {
      severity: "medium",
      text: "the backup of its volatile memory failed, a power cut may lose what was just written",
      action: "Give the machine safe power, and plan to replace the disk.",
    },
  ],
  [
    5,
    {
      severity: "medium",
      text: "its persistent memory region is read-only or unreliable",
      action: "Do not rely on its persistent memory region, and plan to replace the disk.",
    },
  ],
  [
    6,
    {
      severity: "low",
      text: "it does not know which of its personalities it is in",
      action: "Look at the vendor's notes for its firmware; update the firmware if they say so.",
    },
  ],
]);
const temperatureBit = 1;
const hot: Warning = {
  severity: "medium",
  text: "it is too hot or too cold",
  action: "Look after airflow, dust and the heat sink of the disk; it slows itself down and wears faster.",
};
const suspicious: Warning = {
  severity: "low",
  text: "it warns of its temperature, which does not agree: its sensor or its firmware is suspect",
  action: "Compare with a thermometer or another tool, and look for an update of its firmware.",
};
const reserved: Warning = {
  severity: "low",
  text: "it gives a warning that the specification does not name yet",
  action: "Look at the vendor's notes for its firmware.",
};

/** So cold that it may be below the lower threshold, which the disk does not state. */
const coldCelsius = 0;

export const nvmeCriticalWarning: Rule = defineRule({
  code: "nvme-critical-warning",
  title: "NVMe disk declares a fault",
  severity: "high",
  holdMs: 5 * minuteMs, // for the temperature; the rest is declared
  clearMs: 10 * minuteMs,
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) => concludeOnDisks(view, (disk) => conclude(disk, firing)),
});

/** A disk that declared itself unreliable and takes it back is not trusted for a day. */
const distrustMs = 24 * 60 * minuteMs;

function conclude({ health: { nvme }, ref, name, readAtMs, isReadNow }: KnownDisk, firing: FiringOf): Conclusion {
  if (nvme?.criticalWarning === undefined) return unknown("its critical warning");
  const told = bitsOf(nvme.criticalWarning);
  // What it declared before it fell asleep still stands; how hot it was then does not.
  const bits = isReadNow ? told : told.filter((bit) => bit !== temperatureBit);
  if (bits.length === 0 && told.length > 0) return unknown("its temperature now");
  if (bits.length === 0) {
    const current = firing(ref);
    return current !== undefined && isDeclaredBy(current) ? { kind: "clear", clearMs: distrustMs } : { kind: "clear" };
  }
  const found = bits.map((bit) => warningOf(bit, nvme)).sort((a, b) => compareSeverity(a.severity, b.severity));
  return {
    kind: "raise",
    severity: found[0]?.severity ?? "low",
    text: `${name}: ${found.map((warning) => warning.text).join("; ")}`,
    action: found[0]?.action ?? "",
    evidence: evidence(nvme, readAtMs),
    isDeclared: bits.some((bit) => bit !== temperatureBit),
    measure: { name: "warnings_declared", level: countGrave(bits) },
  };
}

/** A second one is worse than the first, as loud as that may be. Heat comes and goes, and is none of them. */
function countGrave(bits: readonly number[]): number {
  return bits.filter((bit) => bit !== temperatureBit && (warnings.get(bit) ?? reserved).severity !== "low").length;
}

function bitsOf(mask: number): readonly number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (mask & (1 << bit)) !== 0);
}

function warningOf(bit: number, nvme: NvmeHealthLog): Warning {
  if (bit === temperatureBit) return doesTemperatureAgree(nvme) ? hot : suspicious;
  return warnings.get(bit) ?? reserved;
}

/** Over the threshold in force, or so cold that it may be the lower one, and its own sensors do not contradict. */
function doesTemperatureAgree(nvme: NvmeHealthLog): boolean {
  const celsius = nvme.compositeTemperatureCelsius;
  if (celsius === undefined || areSensorsAtOdds(nvme)) return false;
  return celsius >= limitsOf(nvme).warningCelsius || celsius <= coldCelsius;
}

/** Whether the finding is about more than temperature. */
function isDeclaredBy(finding: Finding): boolean {
  const mask = finding.evidence.find((item) => item.name === "critical_warning")?.value;
  return typeof mask === "number" && bitsOf(mask).some((bit) => bit !== temperatureBit);
}

function evidence(nvme: NvmeHealthLog, readAtMs: number): readonly Evidence[] {
  const facts = {
    critical_warning: nvme.criticalWarning,
    composite_temperature_celsius: nvme.compositeTemperatureCelsius,
    warning_threshold_celsius: nvme.warningCompositeTemperatureThresholdCelsius,
    available_spare_percent: nvme.availableSparePercent,
    available_spare_threshold_percent: nvme.availableSpareThresholdPercent,
    percentage_used: nvme.percentageUsed,
    temperature_sensors_celsius: nvme.temperatureSensorsCelsius.join(", "),
  };
  return evidenceOf(facts, readAtMs);
}
