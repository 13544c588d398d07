/**
 * The PCIe function of an NVMe controller, its link and its error counters, and the link of a GPU. Sources: current_link_speed,
 * current_link_width, max_link_speed, max_link_width and aer_dev_* of the function, max_link_* of the port above it (kernel documentation,
 * sysfs-bus-pci and sysfs-bus-pci-devices-aer_stats).
 *
 * No other disks: the link of an AHCI, SAS or USB host controller is that of all disks behind it, and says nothing of one of them.
 * The files of a link are answered from the function's configuration space, and reading that wakes a suspended function: none is read unless
 * the kernel says that the function is awake.
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BlockDeviceSchema } from "@nodekeeper/proto";
import type { Host } from "../../../host/host.ts";
import type { Reading } from "../../../host/reading.ts";
import type { Sample } from "../../../payload.ts";
import { integerOf, rawTextOf, textOf } from "./file-values.ts";
import type { RawPcieFunction } from "./raw-block-device.ts";
import { readValue, readValues } from "./read-value.ts";

const linkFiles = ["current_link_speed", "current_link_width", "max_link_speed", "max_link_width"];
const errorFiles = ["aer_dev_correctable", "aer_dev_nonfatal", "aer_dev_fatal"] as const;
const maximumFiles = ["max_link_speed", "max_link_width"];

/** PCIe 7 has 128 GT/s; no link has more than 32 lanes. */
const maximumGigatransfersPerSecond = 256;
const maximumLanes = 32;

const addressForm = /[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/.source;
const functionOfController = new RegExp(`^(/sys/devices/(?:.*/)?(${addressForm}))/nvme/nvme\\d+$`);
const portOfFunction = new RegExp(`^(.*/${addressForm})/${addressForm}$`);

/** Reads the function of an NVMe controller by where /sys/class/nvme/<controller> leads; undefined for one that is not on PCIe. */
export async function readPcieFunction(host: Host, controllerPath: string): Promise<RawPcieFunction | undefined> {
  const [, path, own] = functionOfController.exec(controllerPath) ?? [];
  if (path === undefined || own === undefined) return undefined;
  const link = await readPcieLink(host, path, own);
  return isAwake(link.runtimeStatus) ? { ...link, files: { ...link.files, ...(await readErrorFiles(host, path)) } } : link;
}

/** Reads the link of a function by its folder under /sys/devices; nothing but its state unless the kernel says that it is awake. */
export async function readPcieLink(host: Host, path: string, address: string): Promise<RawPcieFunction> {
  const runtimeStatus = await readValue(host, `${path}/power/runtime_status`);
  if (!isAwake(runtimeStatus)) return { path, address, runtimeStatus, files: {}, port: {} };
  const files = await readValues(host, path, linkFiles);
  const port = reachesItsMaximum(files) ? {} : await readPort(host, path);
  return { path, address, runtimeStatus, files, port };
}

/** True while the kernel has suspended a device, or is about to; false while it is awake; undefined where it does not say. */
export function isSuspended(runtimeStatus: Reading): boolean | undefined {
  const status = textOf(runtimeStatus);
  if (status === "suspended" || status === "suspending") return true;
  return status === "active" || status === "unsupported" ? false : undefined;
}

/** True while a device may be read: a kernel without power management says nothing: then nothing sleeps. */
export function isAwake(runtimeStatus: Reading): boolean {
  return runtimeStatus.outcome === "absent" || isSuspended(runtimeStatus) === false;
}

/** The link as it is told; a number that the kernel does not give or that makes no sense is unset. */
export function pcieLinkOf(raw: RawPcieFunction | undefined): MessageInitShape<typeof BlockDeviceSchema>["pcieLink"] {
  if (raw === undefined) return undefined;
  const { files, port } = raw;
  return {
    address: raw.address,
    gigatransfersPerSecond: speedOf(files["current_link_speed"]),
    maximumGigatransfersPerSecond: smaller(speedOf(files["max_link_speed"]), speedOf(port["max_link_speed"])),
    laneCount: lanesOf(files["current_link_width"]),
    maximumLaneCount: smaller(lanesOf(files["max_link_width"]), lanesOf(port["max_link_width"])),
    isSuspended: isSuspended(raw.runtimeStatus),
  };
}

/** Error counters since boot; none where the kernel keeps none for this function, unknown while it sleeps. */
export function pcieErrorSamples(id: string, raw: RawPcieFunction | undefined): readonly Sample[] {
  if (raw === undefined) return [];
  if (isAwake(raw.runtimeStatus) && raw.files["aer_dev_correctable"] === undefined) return [];
  const totals = {
    aer_correctable_errors_total: totalOf(raw.files["aer_dev_correctable"], "TOTAL_ERR_COR"),
    aer_nonfatal_errors_total: totalOf(raw.files["aer_dev_nonfatal"], "TOTAL_ERR_NONFATAL"),
    aer_fatal_errors_total: totalOf(raw.files["aer_dev_fatal"], "TOTAL_ERR_FATAL"),
  };
  return Object.entries(totals).map(([name, value]) => ({ kind: "block_device", id, name, value }));
}

/** A function has all of them or none, as where the firmware keeps error reporting to itself. */
async function readErrorFiles(host: Host, path: string): Promise<RawPcieFunction["files"]> {
  const [first, ...others] = errorFiles;
  const reading = await readValue(host, `${path}/${first}`);
  return reading.outcome === "absent" ? {} : { [first]: reading, ...(await readValues(host, path, others)) };
}

/** A function that has all that it can has a port that can as much: the usual case, and two files less to ask the hardware for. */
function reachesItsMaximum(files: RawPcieFunction["files"]): boolean {
  const isWhole = speedOf(files["current_link_speed"]) === speedOf(files["max_link_speed"]);
  return isWhole && lanesOf(files["current_link_width"]) === lanesOf(files["max_link_width"]);
}

async function readPort(host: Host, folder: string): Promise<RawPcieFunction["port"]> {
  const port = portOfFunction.exec(folder)?.[1];
  if (port === undefined || !isAwake(await readValue(host, `${port}/power/runtime_status`))) return {};
  return await readValues(host, port, maximumFiles);
}

/** "8.0 GT/s PCIe", and "8 GT/s" from kernels before 5.7. */
function speedOf(reading: Reading | undefined): number | undefined {
  const number = /^(\d{1,3}(?:\.\d{1,3})?) GT\/s\b/.exec(textOf(reading) ?? "")?.[1];
  const speed = Number(number ?? Number.NaN);
  return speed > 0 && speed <= maximumGigatransfersPerSecond ? speed : undefined;
}

/** Zero lanes, and 63 or 255, are what a function says that has no link. */
function lanesOf(reading: Reading | undefined): number | undefined {
  return integerOf(reading, 1, maximumLanes);
}

function smaller(own: number | undefined, above: number | undefined): number | undefined {
  return own === undefined || above === undefined ? own : Math.min(own, above);
}

function totalOf(reading: Reading | undefined, name: string): number | undefined {
  const count = new RegExp(`^${name} (\\d{1,20})$`, "m").exec(rawTextOf(reading) ?? "")?.[1];
  return count === undefined ? undefined : Number(count);
}
