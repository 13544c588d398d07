/** Readings of the machine itself: board, sensors, clock, boots, overlay network. */
import type { SubjectBody } from "../api/node.ts";
import { formatAgo, formatCelsius, formatSeconds } from "../format.ts";
import { booleanField, innerSubjects, numberField, textField } from "./fields.ts";

/** What a machine is sold as; the vendor is named only where the product does not name it already. */
export function boardText(board: SubjectBody): string {
  const vendor = textField(board, "vendor");
  const product = textField(board, "productName");
  const firstWord = vendor.split(" ")[0] ?? "";
  return product.toLowerCase().startsWith(firstWord.toLowerCase()) ? product : `${vendor} ${product}`.trim();
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

/** What people call a sensor. */
export function sensorName(sensor: SubjectBody): string {
  const words = [textField(sensor, "chip"), textField(sensor, "label")].filter((word) => word !== "");
  return words.length === 0 ? sensor.id : words.join(" ");
}

/** Whether the clock is right, who says so and how far it is off; "" when nobody could be asked. */
export function clockText(sync: SubjectBody): string {
  const isSynchronized = booleanField(sync, "isSynchronized");
  if (isSynchronized === undefined) return "";
  if (!isSynchronized) return "not synchronized";
  const service = textField(sync, "service");
  const reference = textField(sync, "reference");
  const stratum = numberField(sync, "stratumNumber");
  const offset = sync.samples["offset_seconds"];
  const parts = [
    `synchronized${service === "" ? "" : ` by ${service}`}${reference === "" ? "" : ` to ${reference}`}`,
    stratum === undefined ? "" : `stratum ${stratum}`,
    offset === undefined ? "" : `${formatSeconds(Math.abs(offset))} off`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Boots that ended without a shutdown: power cuts, crashes, resets. */
export interface AbruptBoots {
  /** Boots of which the end is known. */
  readonly endedCount: number;
  readonly abruptCount: number;
  /** When the boot after the last abrupt end began, as ISO 8601: that is when somebody noticed. Undefined when unknown. */
  readonly lastAt: string | undefined;
}

/** Counts them; undefined where no boot that ended is known. */
export function abruptBoots(history: SubjectBody): AbruptBoots | undefined {
  const boots = innerSubjects(history, "boots");
  const ends = boots.map((boot) => booleanField(boot, "wasShutDown"));
  const endedCount = ends.filter((end) => end !== undefined).length;
  if (endedCount === 0) return undefined;
  const last = ends.indexOf(false);
  const next = last > 0 ? boots[last - 1] : undefined;
  const startedAt = next === undefined ? undefined : numberField(next, "startedAtUnixMs");
  return {
    endedCount,
    abruptCount: ends.filter((end) => end === false).length,
    lastAt: startedAt === undefined ? undefined : new Date(startedAt).toISOString(),
  };
}

/** "2 of the last 12 ended without a shutdown, the last 3 d ago"; all of them are told as they are. */
export function abruptText(abruptCount: number, endedCount: number, lastAt: string | undefined, nowMs: number): string {
  const last = lastAt === undefined || abruptCount === 0 ? "" : `, the last ${formatAgo(lastAt, nowMs)}`;
  if (abruptCount === 0) return `the last ${endedCount} ended with a shutdown`;
  return `${abruptCount} of the last ${endedCount} ended without a shutdown${last}`;
}

/** The network of pods in a line, e.g. "vxlan 10.42.3.1/24, MTU 1230, over tailscale0 with 1280". */
export function overlayText(overlay: SubjectBody): string {
  const podMtu = numberField(overlay, "mtuBytes") ?? numberField(overlay, "interfaceMtuBytes");
  const below = textField(overlay, "underlyingInterfaceName");
  const belowMtu = numberField(overlay, "underlyingMtuBytes");
  const parts = [
    ["flannel", textField(overlay, "backend"), textField(overlay, "subnet")].filter((word) => word !== "").join(" "),
    podMtu === undefined ? "" : `MTU ${podMtu}`,
    below === "" ? "" : `over ${below}${belowMtu === undefined ? "" : ` with ${belowMtu}`}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Bytes that a backend of flannel puts around each packet, over IPv4 (RFC 7348; the WireGuard paper, §5.4.6). */
const overheadBytes: Readonly<Record<string, number>> = { vxlan: 50, wireguard: 60 };

/** By how many bytes the packets of pods are too large for what carries them; undefined when they fit, or nothing is known. */
export function overlayExcessBytes(overlay: SubjectBody): number | undefined {
  const podMtu = numberField(overlay, "mtuBytes") ?? numberField(overlay, "interfaceMtuBytes");
  const belowMtu = numberField(overlay, "underlyingMtuBytes");
  const overhead = overheadBytes[textField(overlay, "backend")] ?? 0;
  if (podMtu === undefined || belowMtu === undefined) return undefined;
  const excess = podMtu + overhead - belowMtu;
  return excess > 0 ? excess : undefined;
}
