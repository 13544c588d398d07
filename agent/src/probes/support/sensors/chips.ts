/** Chips under /sys/class/hwmon. */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readLink, readNames } from "../../../host/reading.ts";
import { channelFile } from "./channel.ts";

/** The folder of all chips. */
export const chipsFolder = "/sys/class/hwmon";

/** What was read of one chip. */
export interface RawChip {
  /** Its folder; the number in it changes from boot to boot. */
  readonly folder: string;
  readonly name: Reading;
  readonly names: Reading<readonly string[]>;
  /** Where the device lies that it sits in. */
  readonly device: Reading;
  /** The device's runtime_status is "suspended": asking its sensors would wake it. */
  readonly isAsleep: boolean;
  /** Attributes by file name; of a sleeping chip only the labels. */
  readonly attributes: ReadonlyMap<string, Reading>;
}

/** Reads one chip, an attribute at a time: they share one bus. */
export async function readChip(host: Host, entry: string, signal: AbortSignal): Promise<RawChip> {
  const folder = await folderOf(host, `${chipsFolder}/${entry}`);
  const [name, names, device, status] = await Promise.all([
    readFile(host, `${folder}/name`),
    readNames(host, folder),
    readLink(host, `${chipsFolder}/${entry}/device`),
    readFile(host, `${chipsFolder}/${entry}/device/power/runtime_status`),
  ]);
  const isAsleep = status.outcome === "ok" && status.value.startsWith("suspend");
  const attributes = new Map<string, Reading>();
  for (const file of names.outcome === "ok" && !isLeftToOthers(name) ? names.value : []) {
    const attribute = channelFile(file)?.attribute;
    if (attribute === undefined || (isAsleep && attribute !== "label")) continue;
    signal.throwIfAborted();
    attributes.set(file, await readFile(host, `${folder}/${file}`));
  }
  return { folder, name, names, device, isAsleep, attributes };
}

/** drivetemp: asking it may keep a disk from falling asleep; the probe `smart` asks disks in a way that does not. */
export function isLeftToOthers(name: Reading): boolean {
  return name.outcome === "ok" && name.value.trim() === "drivetemp";
}

/** Old drivers (applesmc) have their attributes in the folder of the device. */
async function folderOf(host: Host, folder: string): Promise<string> {
  const names = await readNames(host, folder);
  const isOld = names.outcome === "ok" && !names.value.includes("name") && names.value.includes("device");
  return isOld ? `${folder}/device` : folder;
}
