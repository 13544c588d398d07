/**
 * Temperatures, fans, voltages and powers that the kernel knows. Sources: /sys/class/hwmon, /sys/class/thermal.
 * Nothing is woken: a device that sleeps is not asked, and disks behind `drivetemp` are left to the probe `smart`.
 * Absent where the machine shows no sensor, as virtual machines do.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../host/host.ts";
import { optionalValue, type Reading, readNames } from "../host/reading.ts";
import { completeList, incompleteList, type Payload } from "../payload.ts";
import { defineProbe, type Probe } from "../probe.ts";
import { sectionOf } from "./support/section.ts";
import { chipSensors, deviceOf } from "./support/sensors/chip-sensors.ts";
import { chipsFolder, type RawChip, readChip } from "./support/sensors/chips.ts";
import type { SensorReading } from "./support/sensors/sensor-reading.ts";
import { type RawZone, readZone, zoneNames, zoneSensor, zonesFolder } from "./support/sensors/thermal-zones.ts";

/** What one run reads. */
export interface RawSensors {
  readonly chipNames: Reading<readonly string[]>;
  readonly chips: readonly RawChip[];
  readonly zoneNames: Reading<readonly string[]>;
  readonly zones: readonly RawZone[];
}

/** The probe. */
export const sensors: Probe<RawSensors> = defineProbe({
  name: "sensors",
  title: "temperatures, fans, voltages",
  intervalMs: 60_000,
  minimumIntervalMs: 10_000,
  maximumIntervalMs: 3_600_000,
  timeoutMs: 30_000,
  needs: { paths: ["/sys/class/hwmon", "/sys/class/thermal"], commands: [], root: false },
  read,
  parse,
});

async function read(host: Host, signal: AbortSignal): Promise<RawSensors> {
  const [chipNames, allZoneNames] = await Promise.all([readNames(host, chipsFolder), readNames(host, zonesFolder)]);
  const chips: RawChip[] = [];
  for (const name of namesIn(chipNames)) chips.push(await readChip(host, name, signal));
  const shown = new Set(chips.map(deviceOf));
  const zones: RawZone[] = [];
  for (const name of zoneNames(namesIn(allZoneNames))) {
    if (!shown.has(name)) zones.push(await readZone(host, name)); // else it is one of the chips, too
  }
  return { chipNames, chips, zoneNames: allZoneNames, zones };
}

function parse(raw: RawSensors): Payload | undefined {
  const failures: AppError[] = [];
  const collect = <Value>(work: () => readonly Value[]): readonly Value[] => {
    try {
      return work();
    } catch (thrown) {
      failures.push(AppError.from(thrown));
      return [];
    }
  };
  collect(() => optionalValue(raw.chipNames) ?? []);
  collect(() => optionalValue(raw.zoneNames) ?? []);
  const readings = [
    ...raw.chips.flatMap((chip) => collect(() => chipSensors(chip))),
    ...raw.zones.flatMap((zone) => collect(() => [zoneSensor(zone, raw.zones)])),
  ];
  const [failure] = failures;
  if (readings.length === 0 && failure === undefined) return undefined;
  const parts = distinct(readings).map(({ id, interpret }) => sectionOf("sensor", id, interpret));
  return {
    subjects: parts.map((part) => part.subject),
    lists: [failure === undefined ? completeList("sensor") : incompleteList("sensor", failure)],
    samples: parts.flatMap((part) => part.samples),
  };
}

function namesIn(reading: Reading<readonly string[]>): readonly string[] {
  return reading.outcome === "ok" ? reading.value : [];
}

/** Two chips of one name in one device cannot be told apart but by their order. */
function distinct(readings: readonly SensorReading[]): readonly SensorReading[] {
  const counts = new Map<string, number>();
  return readings.map((reading) => {
    const count = (counts.get(reading.id) ?? 0) + 1;
    counts.set(reading.id, count);
    return count === 1 ? reading : { ...reading, id: `${reading.id}#${count}` };
  });
}
