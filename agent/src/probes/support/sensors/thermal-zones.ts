/** Thermal zones under /sys/class/thermal (kernel documentation, driver-api/thermal/sysfs-api.rst). */
import { SensorType } from "@nodekeeper/proto";
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile, readNames, requiredValue } from "../../../host/reading.ts";
import { malformed, numberIn } from "../malformed.ts";
import { printable } from "../printable.ts";
import { plausible, plausibleBounds, printedBounds, type SensorReading, sensorId } from "./sensor-reading.ts";

/** The folder of all zones and cooling devices. */
export const zonesFolder = "/sys/class/thermal";

/** What was read of one zone. */
export interface RawZone {
  /** thermal_zoneN. */
  readonly name: string;
  readonly type: Reading;
  readonly temperature: Reading;
  /** Temperature of the trip point of type "critical", where there is one. */
  readonly critical: Reading | undefined;
}

/** The zones among the names in the folder. */
export function zoneNames(names: readonly string[]): readonly string[] {
  return names.filter((name) => /^thermal_zone\d+$/.test(name));
}

/** Reads one zone. */
export async function readZone(host: Host, name: string): Promise<RawZone> {
  const folder = `${zonesFolder}/${name}`;
  const [type, temperature, names] = await Promise.all([
    readFile(host, `${folder}/type`),
    readFile(host, `${folder}/temp`),
    readNames(host, folder),
  ]);
  const trips = names.outcome === "ok" ? names.value.filter((file) => /^trip_point_\d+_type$/.test(file)) : [];
  for (const trip of trips) {
    const kind = await readFile(host, `${folder}/${trip}`);
    if (kind.outcome !== "ok" || kind.value.trim() !== "critical") continue;
    return { name, type, temperature, critical: await readFile(host, `${folder}/${trip.replace(/_type$/, "_temp")}`) };
  }
  return { name, type, temperature, critical: undefined };
}

/** The sensor of a zone. Two zones of one type are told apart by their numbers. Throws where its type could not be read. */
export function zoneSensor(zone: RawZone, zones: readonly RawZone[]): SensorReading {
  const type = typeOf(zone);
  if (type === "") throw malformed(zone.type.path, "it is empty");
  const isOnly = zones.every((other) => other === zone || other.type.outcome !== "ok" || typeOf(other) !== type);
  return {
    id: sensorId(type, isOnly ? "" : zone.name, "temp"),
    interpret: () => {
      const celsius = numberIn(zone.temperature.path, "it", requiredValue(zone.temperature).trim(), printedBounds) / 1000;
      return {
        value: { chip: type, label: type, type: SensorType.TEMPERATURE, device: zone.name, critical: criticalOf(zone) },
        samples: { temperature_celsius: plausible(celsius, plausibleBounds.temperature) },
      };
    },
  };
}

function typeOf(zone: RawZone): string {
  return printable((optionalValue(zone.type) ?? "").trim(), 128);
}

function criticalOf({ critical }: RawZone): number | undefined {
  const celsius = critical?.outcome === "ok" ? Number(critical.value.trim()) / 1000 : Number.NaN;
  return Number.isFinite(celsius) ? plausible(celsius, plausibleBounds.temperature) : undefined;
}
