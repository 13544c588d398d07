/** One sensor before it becomes a subject: its id must first be made unlike all others. */
import type { Bounds } from "../malformed.ts";
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

/** What the sensors of a kind can measure, in our unit: what lies outside is how drivers say that there is nothing, as 0 K and 65535 K. */
export const plausibleBounds = {
  temperature: { minimum: -100, maximum: 200 },
  fan: { minimum: 0, maximum: 1_000_000 },
  voltage: { minimum: -10_000, maximum: 10_000 },
  power: { minimum: -1_000_000, maximum: 1_000_000 },
} as const;

/** A limit or a value in our unit; undefined for what drivers say when there is none. */
export function plausible(value: number, { minimum, maximum }: Bounds): number | undefined {
  return value >= minimum && value <= maximum ? value : undefined;
}

/** What drivers print before it is held against what is plausible: any number of 64 bits. */
export const printedBounds: Bounds = { minimum: -(2 ** 64), maximum: 2 ** 64 };
