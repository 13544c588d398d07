/** Channels of hardware monitoring chips (kernel documentation, hwmon/sysfs-interface.rst). */
import { SensorType } from "@nodekeeper/proto";
import type { Bounds } from "../malformed.ts";
import { plausibleBounds } from "./sensor-reading.ts";

/** What a channel of a kind measures. */
export interface ChannelKind {
  readonly type: SensorType;
  readonly sample: string;
  /** The kernel's number is this many times ours. */
  readonly scale: number;
  /** What it can measure. */
  readonly bounds: Bounds;
}

/** One file of a channel: "temp1_crit_alarm" is channel temp1, attribute crit_alarm. */
export interface ChannelFile {
  readonly channel: string;
  readonly attribute: string;
}

/** The kind of a channel by its name; undefined for what is not a sensor of ours (currents, energies, pulse widths). */
export function channelKind(channel: string): ChannelKind | undefined {
  return kinds.get(channel.replace(/\d+$/, ""));
}

/** A file's place; undefined where the file is no attribute that is read. */
export function channelFile(name: string): ChannelFile | undefined {
  const [, channel, attribute] = /^((?:temp|fan|in|power)\d+)_(\w+)$/.exec(name) ?? [];
  if (channel === undefined || attribute === undefined) return undefined;
  return attributes.has(attribute) || attribute.endsWith("alarm") ? { channel, attribute } : undefined;
}

const kinds: ReadonlyMap<string, ChannelKind> = new Map([
  ["temp", { type: SensorType.TEMPERATURE, sample: "temperature_celsius", scale: 1000, bounds: plausibleBounds.temperature }],
  ["fan", { type: SensorType.FAN, sample: "speed_rpm", scale: 1, bounds: plausibleBounds.fan }],
  ["in", { type: SensorType.VOLTAGE, sample: "voltage_volts", scale: 1000, bounds: plausibleBounds.voltage }],
  ["power", { type: SensorType.POWER, sample: "power_watts", scale: 1_000_000, bounds: plausibleBounds.power }],
]);

const attributes = new Set(["input", "average", "label", "max", "crit", "fault"]);
