/**
 * An NVMe disk is hotter than it likes, by the thresholds that it states itself (WCTEMP and CCTEMP of Identify Controller; NVM Express Base
 * Specification): above the first it warns, above the second it may lose data or switch itself off. A temperature that another sensor of the
 * same disk contradicts is not believed.
 */
import type { NvmeHealthLog } from "@nodekeeper/proto";
import type { Evidence, Finding, Severity } from "@nodekeeper/shared/api";
import { defineRule, type FiringOf, type Rule } from "../evaluate/rule.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredInSteps } from "./support/measure.ts";
import { areSensorsAtOdds, limitsOf, type TemperatureLimits } from "./support/nvme-temperature.ts";

const minuteMs = 60_000;
/** So far below a threshold it is taken back. */
const hysteresisCelsius = 3;
/** Told anew when it is hotter by so much than when it was acknowledged. */
const stepCelsius = 5;
/** Bit 1 of the critical warning. */
const temperatureBit = 0b10;

export const nvmeTooHot: Rule = defineRule({
  code: "nvme-too-hot",
  title: "NVMe disk too hot",
  severity: "medium",
  holdMs: 10 * minuteMs, // two readings and more: a backup that heats a disk for a moment is nobody's business
  clearMs: 15 * minuteMs,
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) => concludeOnDisks(view, (disk) => conclude(disk, firing)),
});

function conclude({ health: { nvme }, ref, name, readAtMs, isReadNow }: KnownDisk, firing: FiringOf): Conclusion {
  const celsius = nvme?.compositeTemperatureCelsius;
  if (nvme === undefined || celsius === undefined || !isReadNow) return unknown("its temperature now");
  const limits = limitsOf(nvme);
  if (areSensorsAtOdds(nvme)) return disbelieve(nvme, celsius, limits, { name, readAtMs });
  const severity = severityOf(celsius, limits, firing(ref));
  // The disk's own warning says it already; one finding is enough, but one that stands is not taken back for that.
  const isSaid = ((nvme.criticalWarning ?? 0) & temperatureBit) !== 0 && firing(ref) === undefined;
  if (severity === undefined || (severity === "medium" && isSaid)) return { kind: "clear" };
  const limit = severity === "high" ? limits.criticalCelsius : limits.warningCelsius;
  const whose = limits.isOwn ? "its own limit" : "the usual limit, as it states none,";
  return {
    kind: "raise",
    severity,
    text: `${name}: it is hotter than ${whose} of ${limit} °C${severity === "high" ? ", above which it may lose data or switch off" : ""}`,
    action: "Look after airflow, dust and the heat sink of the disk; it slows itself down and wears faster.",
    evidence: evidence(nvme, limits, readAtMs),
    // Within the hysteresis it is below its limit, and no less bad than at it.
    measure: measuredInSteps("celsius_above_its_limit", Math.max(0, celsius - limits.warningCelsius), stepCelsius),
  };
}

/** One of its sensors is wrong: that is worth a word where it would be too hot by the other. Where the disk warns itself, nvme-critical-warning has it. */
function disbelieve(
  nvme: NvmeHealthLog,
  celsius: number,
  limits: TemperatureLimits,
  { name, readAtMs }: Pick<KnownDisk, "name" | "readAtMs">,
): Conclusion {
  const isSaid = ((nvme.criticalWarning ?? 0) & temperatureBit) !== 0;
  if (isSaid || celsius < limits.warningCelsius) return { kind: "hold", reason: "its sensors contradict each other" };
  return {
    kind: "raise",
    severity: "low",
    text: `${name}: it claims to be too hot, and another of its sensors does not agree: its sensor or its firmware is suspect`,
    action: "Compare with a thermometer or another tool, and look for an update of its firmware.",
    evidence: evidence(nvme, limits, readAtMs),
  };
}

/** By the threshold, or a little below it while the finding is that loud already. */
function severityOf(celsius: number, limits: TemperatureLimits, current: Finding | undefined): Severity | undefined {
  const { warningCelsius, criticalCelsius } = limits;
  if (celsius >= criticalCelsius - (current?.severity === "high" ? hysteresisCelsius : 0)) return "high";
  return celsius >= warningCelsius - (current === undefined ? 0 : hysteresisCelsius) ? "medium" : undefined;
}

function evidence(nvme: NvmeHealthLog, limits: TemperatureLimits, readAtMs: number): readonly Evidence[] {
  const facts = {
    composite_temperature_celsius: nvme.compositeTemperatureCelsius,
    warning_threshold_celsius: limits.warningCelsius,
    critical_threshold_celsius: Number.isFinite(limits.criticalCelsius) ? limits.criticalCelsius : undefined,
    temperature_sensors_celsius: nvme.temperatureSensorsCelsius.join(", "),
    warning_composite_temperature_time_minutes: nvme.warningCompositeTemperatureTimeMinutes,
    critical_composite_temperature_time_minutes: nvme.criticalCompositeTemperatureTimeMinutes,
    thermal_management_temperature_1_transition_count: nvme.thermalManagementTemperature1TransitionCount,
    thermal_management_temperature_2_transition_count: nvme.thermalManagementTemperature2TransitionCount,
  };
  return evidenceOf(facts, readAtMs);
}
