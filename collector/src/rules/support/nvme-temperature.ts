/** What an NVMe disk says of its temperature, against its own thresholds, and whether its sensors agree. */
import type { NvmeHealthLog } from "@nodekeeper/proto";

/** Thresholds in force. */
export interface TemperatureLimits {
  /** WCTEMP of Identify Controller. */
  readonly warningCelsius: number;
  /** CCTEMP; infinite where the disk states only the other. */
  readonly criticalCelsius: number;
  /** False where the disk states none and the usual ones stand in. */
  readonly isOwn: boolean;
}

/** Where a disk states no thresholds of its own: most state 70 to 85 and 80 to 95 °C. */
const defaultWarningCelsius = 70;
const defaultCriticalCelsius = 80;
/**
 * Sensors of one disk lie apart by up to 8 °C in recordings of 24 models at rest, and a busy controller may be hotter than its flash by
 * more. Samsung's 980 with its firmware stuck said 84 °C while its other sensor said 40 °C (smartmontools issue 637).
 */
const suspiciousSpreadCelsius = 30;

/** The disk's own thresholds, or the usual ones. */
export function limitsOf(nvme: NvmeHealthLog): TemperatureLimits {
  const warning = nvme.warningCompositeTemperatureThresholdCelsius;
  const critical = nvme.criticalCompositeTemperatureThresholdCelsius;
  const warningCelsius = warning ?? Math.min(defaultWarningCelsius, critical ?? Number.POSITIVE_INFINITY);
  const criticalCelsius = critical ?? (warning === undefined ? defaultCriticalCelsius : Number.POSITIVE_INFINITY);
  return { warningCelsius, criticalCelsius, isOwn: warning !== undefined || critical !== undefined };
}

/** True when another sensor of the same disk says something so different that the composite temperature is not to be believed. */
export function areSensorsAtOdds(nvme: NvmeHealthLog): boolean {
  const composite = nvme.compositeTemperatureCelsius;
  if (composite === undefined) return false;
  return nvme.temperatureSensorsCelsius.some((sensor) => composite - sensor >= suspiciousSpreadCelsius);
}
