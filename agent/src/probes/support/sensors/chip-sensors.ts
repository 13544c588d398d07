/** Sensors of one chip of /sys/class/hwmon. */
import { SensorType } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { type Reading, requiredValue } from "../../../host/reading.ts";
import { numberIn } from "../malformed.ts";
import { printable } from "../printable.ts";
import type { Finding } from "../section.ts";
import { type ChannelKind, channelFile, channelKind } from "./channel.ts";
import { isLeftToOthers, type RawChip } from "./chips.ts";
import { plausible, printedBounds, type SensorReading, sensorId } from "./sensor-reading.ts";

/** The sensors of a chip. Throws where the chip as a whole could not be read; a chip that is gone has none. */
export function chipSensors(chip: RawChip): readonly SensorReading[] {
  if (chip.names.outcome === "absent" || isLeftToOthers(chip.name)) return [];
  const device = deviceOf(chip);
  const name = chipName(chip, device);
  const channels = [...new Set(requiredValue(chip.names).flatMap(channelsOf))];
  return channels.flatMap((channel) => {
    const kind = channelKind(channel);
    if (kind === undefined) return [];
    const interpret = (): Finding<"sensor"> => sensorOf({ chip, name, device, channel, kind });
    return [{ id: printable(sensorId(name, device, channel), 240), interpret }];
  });
}

/** The last part of the path of the device that a chip sits in, e.g. nvme0 or 0000:01:00.0; empty where it sits in none. */
export function deviceOf(chip: RawChip): string {
  return chip.device.outcome === "ok" ? printable(chip.device.value.split("/").at(-1) ?? "", 128) : "";
}

interface Channel {
  readonly chip: RawChip;
  readonly name: string;
  readonly device: string;
  readonly channel: string;
  readonly kind: ChannelKind;
}

/** Channels that have a value or an alarm; a lone label or limit is no sensor. */
function channelsOf(file: string): readonly string[] {
  const found = channelFile(file);
  const isSensor = found !== undefined && (/^(?:input|average)$/.test(found.attribute) || found.attribute.endsWith("alarm"));
  return isSensor ? [found.channel] : [];
}

function chipName(chip: RawChip, device: string): string {
  if (chip.name.outcome === "absent" && device !== "") return device;
  return printable(requiredValue(chip.name).trim(), 128);
}

function sensorOf({ chip, name, device, channel, kind }: Channel): Finding<"sensor"> {
  const attribute = (suffix: string): Reading | undefined => chip.attributes.get(`${channel}_${suffix}`);
  if (textOf(attribute("fault")) === "1") {
    throw new AppError("HOST_READ_FAILED", `${chip.folder}/${channel}_fault: the chip says that the sensor is faulty`);
  }
  const limit = (suffix: string): number | undefined => {
    const value = Number(textOf(attribute(suffix)) ?? Number.NaN) / kind.scale;
    return Number.isFinite(value) ? plausible(value, kind.bounds) : undefined;
  };
  const hasNoLimits = kind.type === SensorType.VOLTAGE && textOf(attribute("max")) === "0";
  const input = attribute("average") ?? attribute("input");
  const value =
    input === undefined ? undefined : numberIn(input.path, "it", requiredValue(input).trim(), printedBounds) / kind.scale;
  const isAlarm = alarmOf(chip, channel, hasNoLimits);
  return {
    value: {
      chip: name,
      label: printable(textOf(attribute("label")) || channel, 128),
      type: kind.type,
      device,
      maximum: hasNoLimits ? undefined : limit("max"),
      critical: limit("crit"),
    },
    samples: {
      ...(hasValue(chip, channel) && { [kind.sample]: value === undefined ? undefined : plausible(value, kind.bounds) }),
      ...(isAlarm !== undefined && { is_alarm: isAlarm ? 1 : 0 }),
    },
  };
}

/** A sleeping chip has values that are not known now; rpi_volt has none at all, only an alarm. */
function hasValue(chip: RawChip, channel: string): boolean {
  const names = chip.names.outcome === "ok" ? chip.names.value : [];
  return names.includes(`${channel}_input`) || names.includes(`${channel}_average`);
}

/**
 * True when any alarm of the channel is raised; undefined where the channel has none that can be read. The common alarm of a voltage whose
 * limits nobody set is always raised on many boards, and says nothing.
 */
function alarmOf(chip: RawChip, channel: string, hasNoLimits: boolean): boolean | undefined {
  const isAlarmFile = (file: string): boolean => file.startsWith(`${channel}_`) && file.endsWith("alarm");
  const alarms = [...chip.attributes].filter(([file]) => isAlarmFile(file) && !(hasNoLimits && file === `${channel}_alarm`));
  const states = alarms.map(([, reading]) => textOf(reading)).filter((state) => state === "0" || state === "1");
  return states.length === 0 ? undefined : states.includes("1");
}

/** Labels, limits and alarms are extras: what cannot be read of them is unknown and does not take the value along. */
function textOf(reading: Reading | undefined): string | undefined {
  return reading?.outcome === "ok" ? reading.value.trim() : undefined;
}
