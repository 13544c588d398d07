/** Readings that CLI and page show alike, from the plain facts of subjects. Pure. */
import { formatCelsius } from "../format.ts";
import type { Failure } from "./common.ts";
import { textField } from "./fields.ts";
import type { NodeDetail, SubjectBody } from "./node.ts";

/** How full a filesystem is for its users: used / (used + available), as df counts; undefined when unknown. */
export function filesystemUsedPercent(filesystem: SubjectBody): number | undefined {
  const { used_bytes: used, available_bytes: available } = filesystem.samples;
  return used === undefined || available === undefined || used + available === 0 ? undefined : (100 * used) / (used + available);
}

/** What a sensor says now, with its unit; "?" when unknown. */
export function sensorText(sensor: SubjectBody): string {
  const {
    temperature_celsius: celsius,
    speed_rpm: rpm,
    voltage_volts: volts,
    power_watts: watts,
    is_alarm: alarm,
  } = sensor.samples;
  if (celsius !== undefined) return formatCelsius(celsius);
  if (rpm !== undefined) return `${Math.round(rpm)} rpm`;
  if (volts !== undefined) return `${volts.toFixed(2)} V`;
  if (watts !== undefined) return `${watts.toFixed(1)} W`;
  if (alarm === undefined) return "?";
  return alarm === 1 ? "alarm" : "ok";
}

/** What a machine is sold as; the vendor is named only where the product does not name it already. */
export function boardText(board: SubjectBody): string {
  const vendor = textField(board, "vendor");
  const product = textField(board, "productName");
  const firstWord = vendor.split(" ")[0] ?? "";
  return product.toLowerCase().startsWith(firstWord.toLowerCase()) ? product : `${vendor} ${product}`.trim();
}

/** One thing that could not be told. */
export interface UnknownThing {
  /** Where: the probe, and the subject if it is one. */
  readonly place: string;
  readonly reason: string;
}

/** Everything about a node that could not be told, and why. */
export function unknownsOf(detail: Pick<NodeDetail, "probes" | "lists" | "subjects">): readonly UnknownThing[] {
  return [
    ...detail.probes.filter((probe) => probe.outcome === "failed").map((probe) => unknown([probe.name], probe.failure, "failed")),
    ...detail.probes
      .filter((probe) => probe.freshness !== "fresh")
      .map((probe) => ({ place: probe.name, reason: `${probe.freshness}: nothing new since ${probe.observedAt}` })),
    ...detail.lists
      .filter((list) => !list.isComplete)
      .map((list) => unknown([list.probe, list.kind], list.failure, "the list is not complete")),
    ...detail.subjects
      .filter((subject) => subject.outcome === "failed")
      .map((subject) => unknown([subject.probe, subject.kind, subject.id], subject.failure, "failed")),
  ];
}

function unknown(place: readonly string[], failure: Failure | undefined, otherwise: string): UnknownThing {
  return {
    place: place.filter((part) => part !== "").join(" "),
    reason: failure === undefined ? otherwise : `${failure.message} (${failure.code})`,
  };
}
