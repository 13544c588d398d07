/** One sensor before it becomes a subject: its id must first be made unlike all others. */
import type { Finding } from "../section.ts";

/** A sensor, or why it could not be read. */
export interface SensorReading {
  /** chip/device/channel; the same sensor has it after every boot. */
  readonly id: string;
  /** Throws where the sensor could not be read. */
  interpret(): Finding<"sensor">;
}

/** The id of a sensor from its parts; one that is unknown is left out. */
export function sensorId(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("/");
}

/** A limit or a value in our unit; undefined for what drivers say when there is none: 0 K and 65535 K. */
export function plausible(value: number, isTemperature: boolean): number | undefined {
  return isTemperature && (value <= -273 || value >= 65_000) ? undefined : value;
}
