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
  /** Asking its sensors would wake the device, or never let it sleep. */
  readonly isLeftAlone: boolean;
  /** Attributes by file name; of a chip that is left alone only the labels. */
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
  const isLeftAlone = await isToBeLeftAlone(host, `${chipsFolder}/${entry}/device/power`, status);
  const attributes = new Map<string, Reading>();
  for (const file of names.outcome === "ok" && !isLeftToOthers(name) ? names.value : []) {
    const attribute = channelFile(file)?.attribute;
    if (attribute === undefined || (isLeftAlone && attribute !== "label")) continue;
    signal.throwIfAborted();
    attributes.set(file, await readFile(host, `${folder}/${file}`));
  }
  return { folder, name, names, device, isLeftAlone, attributes };
}

/** It sleeps, or it would, but waits for its idleness longer than we wait between two runs: each run would begin the wait anew. */
async function isToBeLeftAlone(host: Host, power: string, status: Reading): Promise<boolean> {
  if (status.outcome !== "ok" || status.value.trim() === "unsupported") return false;
  if (status.value.startsWith("suspend")) return true;
  const [control, delay] = await Promise.all([
    readFile(host, `${power}/control`),
    readFile(host, `${power}/autosuspend_delay_ms`), // EIO where the driver has no such wait
  ]);
  const isAllowed = control.outcome === "ok" && control.value.trim() === "auto";
  return isAllowed && delay.outcome === "ok" && Number(delay.value) >= maximumWaitMs;
}

/** Half of the time between two runs, of which the probe `gpu` may take one. */
const maximumWaitMs = 30_000;

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
