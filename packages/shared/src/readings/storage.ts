/** Readings of storage: links, wear, self-tests, arrays, and what a filesystem lies on. */
import type { SubjectBody } from "../api/node.ts";
import { formatBitRate } from "../format.ts";
import { booleanField, hasField, innerSubject, innerSubjects, numberField, textField, textsField } from "./fields.ts";
import { deviceName, presentSubjects } from "./subjects.ts";

/** Fill from which on a filesystem is nearly full, and full: as the collector's rule disk-nearly-full raises. */
export const fillLimits = { warningPercent: 85, badPercent: 95 } as const;

/** How full a filesystem is for its users: used / (used + available), as df counts; undefined when unknown. */
export function filesystemUsedPercent(filesystem: SubjectBody): number | undefined {
  const { used_bytes: used, available_bytes: available } = filesystem.samples;
  return used === undefined || available === undefined || used + available === 0 ? undefined : (100 * used) / (used + available);
}

/** How many of its inodes are in use; undefined when unknown, or where the filesystem makes them as needed. */
export function inodesUsedPercent(filesystem: SubjectBody): number | undefined {
  const { inodes_used: used, inodes_free: free } = filesystem.samples;
  return used === undefined || free === undefined || used + free === 0 ? undefined : (100 * used) / (used + free);
}

/** Generations of PCIe by their transfer rate (PCI Express Base Specification). */
const pcieGenerations: ReadonlyMap<number, string> = new Map([
  [2.5, "1"],
  [5, "2"],
  [8, "3"],
  [16, "4"],
  [32, "5"],
  [64, "6"],
]);

/** The link of a disk: "PCIe 3 ×4"; "PCIe 2 ×1 of 3 ×4" where it is slower and narrower than it could be; "USB 5 Gbit/s"; else its bus. */
export function linkText(disk: SubjectBody): string {
  if (hasField(disk, "usbBridge")) {
    const speed = formatBitRate(numberField(innerSubject(disk, "usbBridge"), "speedBitsPerSecond"));
    return ["USB", speed].filter((word) => word !== "").join(" ");
  }
  const bus = textField(disk, "bus");
  if (!hasField(disk, "pcieLink")) return bus;
  const link = innerSubject(disk, "pcieLink");
  if (booleanField(link, "isSuspended") === true) return "PCIe, asleep";
  const rate = numberField(link, "gigatransfersPerSecond");
  if (rate === undefined) return bus;
  const lanes = numberField(link, "laneCount");
  const best = generation(numberField(link, "maximumGigatransfersPerSecond"));
  const mostLanes = numberField(link, "maximumLaneCount");
  const speed = `PCIe ${generation(rate)}`;
  const isSlower = best !== undefined && best !== generation(rate);
  if (lanes === undefined) return isSlower ? `${speed} of ${best}` : speed;
  const isNarrower = mostLanes !== undefined && mostLanes !== lanes;
  if (isSlower && isNarrower) return `${speed} ×${lanes} of ${best} ×${mostLanes}`;
  if (isSlower) return `${speed} of ${best} ×${lanes}`;
  return isNarrower ? `${speed} ×${lanes} of ${mostLanes}` : `${speed} ×${lanes}`;
}

function generation(gigatransfersPerSecond: number | undefined): string | undefined {
  if (gigatransfersPerSecond === undefined) return undefined;
  return pcieGenerations.get(gigatransfersPerSecond) ?? `${gigatransfersPerSecond} GT/s`;
}

/** The USB bridge in words: "JMicron JMS583 (152d:0583), uas"; "" where there is none. */
export function bridgeText(disk: SubjectBody): string {
  if (!hasField(disk, "usbBridge")) return "";
  const bridge = innerSubject(disk, "usbBridge");
  const ids = [textField(bridge, "vendorId"), textField(bridge, "productId")].filter((id) => id !== "").join(":");
  const name = [textField(bridge, "manufacturer"), textField(bridge, "product")].filter((word) => word !== "").join(" ");
  const device = name === "" ? ids : ids === "" ? name : `${name} (${ids})`;
  return [device, textField(bridge, "driver")].filter((word) => word !== "").join(", ");
}

/** How much of its life a disk or card has used, in percent; may exceed 100. Undefined where it does not say. */
export function wornPercent(disk: SubjectBody, health: SubjectBody | undefined): number | undefined {
  const byHealth =
    health === undefined
      ? undefined
      : (numberField(innerSubject(health, "nvme"), "percentageUsed") ??
        numberField(innerSubject(health, "ata"), "percentageUsed") ??
        numberField(innerSubject(health, "scsi"), "percentageUsedEnduranceIndicator") ??
        health.samples["percentage_used"]);
  if (byHealth !== undefined) return byHealth;
  const life = innerSubject(disk, "flashLife");
  const used = [numberField(life, "usedTypeAPercent"), numberField(life, "usedTypeBPercent")].filter(
    (percent) => percent !== undefined,
  );
  return used.length === 0 ? undefined : Math.max(...used);
}

/** The temperature of a disk; undefined where it does not say. */
export function diskTemperatureCelsius(health: SubjectBody | undefined): number | undefined {
  return health?.samples["temperature_celsius"] ?? (health && numberField(health, "temperatureCelsius"));
}

/** The newest test that a disk ran on itself, e.g. "extended self-test passed at 9,120 h"; "" where it ran none. */
export function selfTestText(health: SubjectBody): string {
  const log = innerSubject(health, "selfTestLog");
  const remaining = numberField(log, "remainingPercent");
  if (remaining !== undefined && remaining > 0) return `a self-test runs, ${remaining} % are left`;
  const [newest] = innerSubjects(log, "tests");
  if (newest === undefined) return "";
  const result = textField(newest, "result") || textField(newest, "text");
  if (result === "") return "";
  const hours = numberField(newest, "powerOnHours");
  const type = textField(newest, "type");
  return `${type === "" ? "" : `${type} `}self-test ${result}${hours === undefined ? "" : ` at ${hours.toLocaleString("en")} h`}`;
}

/** Arrays of the md driver among the block devices that are there. */
export function raidArrays(subjects: readonly SubjectBody[]): readonly SubjectBody[] {
  return presentSubjects(subjects, "block_device").filter((device) => hasField(device, "raidArray"));
}

/** An array in words: "raid1, clean, 1 of 2 members lacking, recover at 41 %". */
export function raidText(device: SubjectBody): string {
  const array = innerSubject(device, "raidArray");
  const lacking = numberField(array, "degradedCount");
  const members = numberField(array, "memberCount");
  const action = textField(array, "syncAction");
  const percent = device.samples["raid_sync_percent"];
  const isBusy = action !== "" && action !== "idle";
  return [
    textField(array, "level"),
    textField(array, "state"),
    lacking === undefined || members === undefined
      ? ""
      : lacking === 0
        ? `all ${members} members there`
        : `${lacking} of ${members} members lacking`,
    isBusy ? `${action}${percent === undefined ? "" : ` at ${Math.round(percent)} %`}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** Members of an array with their states: "sda1 in_sync, sdb1 faulty". */
export function raidMembersText(device: SubjectBody): string {
  return innerSubjects(innerSubject(device, "raidArray"), "members")
    .map((member) => [textField(member, "name"), textField(member, "state").replaceAll("_", " ")].join(" ").trim())
    .join(", ");
}

/** Devices below one another are no more than this in any sane machine; a circle ends here. */
const maximumDepth = 8;

/**
 * What a filesystem lies on, from the top down to the disk: ["vg0/root", "crypt", "nvme0n1p3"]. Branches of an array are told side by side:
 * ["md0", "sda1 + sdb1"]. Without devices of ours: its source.
 */
export function storageChain(filesystem: SubjectBody, subjects: readonly SubjectBody[]): readonly string[] {
  const name = textField(filesystem, "deviceName");
  const source = textField(filesystem, "source");
  if (name === "") {
    const disks = textsField(filesystem, "physicalBlockDeviceIds").map((id) => deviceName(subjects, id));
    return disks.length > 1 ? [disks.join(" + ")] : source === "" ? [] : [source];
  }
  const chain: string[] = [];
  let level: readonly string[] = [name];
  for (let depth = 0; depth < maximumDepth && level.length > 0; depth += 1) {
    const devices = level.map((one) => subjects.find((each) => each.kind === "block_device" && textField(each, "name") === one));
    chain.push(level.map((one, index) => levelName(one, devices[index])).join(" + "));
    level = [...new Set(devices.flatMap((device) => (device === undefined ? [] : textsField(device, "slaves"))))];
  }
  return chain;
}

function levelName(name: string, device: SubjectBody | undefined): string {
  if (device === undefined || !hasField(device, "deviceMapper")) return name;
  const mapper = innerSubject(device, "deviceMapper");
  const volume = [textField(mapper, "volumeGroup"), textField(mapper, "logicalVolume")].filter((word) => word !== "").join("/");
  if (volume !== "") return volume;
  const type = textField(mapper, "type").toLowerCase();
  const own = textField(mapper, "name");
  if (type === "crypt") return own === "" ? "crypt" : `crypt ${own}`;
  return own === "" ? name : own;
}
