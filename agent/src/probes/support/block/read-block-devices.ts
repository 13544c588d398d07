/** Reads /sys/block: a folder listing and some twenty small files for each device; no device is opened, none is woken. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile, readLink, readNames } from "../../../host/reading.ts";
import { readRaidMembers } from "../raid/raw-raid-member.ts";
import { rawTextOf, textOf } from "./file-values.ts";
import { classOf, isSlot, type NameClass, standsOnOthers, whyNoDevice } from "./name-class.ts";
import { readPcieFunction } from "./pcie-function.ts";
import type {
  RawBlockDevice,
  RawBlockDevices,
  RawNvmeController,
  RawPartition,
  UnreadableBlockDevice,
} from "./raw-block-device.ts";
import { readValue, readValues } from "./read-value.ts";
import { readUsbDevice } from "./usb-device.ts";

const root = "/sys/block";

const commonFiles = ["dev", "ro", "removable", "stat", "wwid"];
const queueFiles = ["queue/rotational", "queue/logical_block_size", "queue/physical_block_size"];
const scsiFiles = ["device/vendor", "device/model", "device/rev", "device/wwid", "device/vpd_pg80"];

/** Files that only some drivers have. */
const classFiles: Readonly<Record<NameClass, readonly string[]>> = {
  // Not `uuid`: where a disk has none, older kernels say so in their log whenever it is read. The wwid tells it.
  nvme: ["nsid", "eui", "nguid", "device/model", "device/serial", "device/firmware_rev"],
  scsi: scsiFiles,
  optical: scsiFiles,
  virtio: ["serial"],
  mmc: ["type", "name", "serial", "fwrev", "life_time", "pre_eol_info"].map((name) => `device/${name}`),
  "device-mapper": ["dm/uuid", "dm/name", "dm/suspended"],
  raid: ["uuid", "level", "array_state", "raid_disks", "degraded", "sync_action", "sync_completed", "mismatch_cnt"].map(
    (name) => `md/${name}`,
  ),
  loop: ["loop/backing_file"],
  zram: [],
  nbd: [],
  other: [],
};

/**
 * Reads every block device. Left out are names that are no devices (see `whyNoDevice`), and slots of the loop, zram and nbd drivers that
 * nothing is in. A device that goes away while it is read is not there.
 */
export async function readBlockDevices(host: Host, signal: AbortSignal): Promise<RawBlockDevices> {
  const names = await readNames(host, root);
  if (names.outcome !== "ok") return { devices: [], unreadable: [], listError: errorOf(names) };
  const devices: RawBlockDevice[] = [];
  const unreadable: UnreadableBlockDevice[] = [];
  const filled = await readFilledNames(host, names.value);
  for (const name of names.value.filter((each) => whyNoDevice(each) === undefined)) {
    if (isSlot(name) && filled?.has(name) === false) continue;
    signal.throwIfAborted();
    try {
      const device = await readBlockDevice(host, name);
      if (device !== undefined) devices.push(device);
    } catch (thrown) {
      const error = AppError.from(thrown, "HOST_READ_FAILED");
      if (error.code !== "HOST_FILE_MISSING" || !(await isGone(host, name))) unreadable.push({ name, error });
    }
  }
  return { devices, unreadable, listError: undefined };
}

/** Names of devices with a size; one file for all slots instead of one for each. Undefined where nobody says, and each must be looked at. */
async function readFilledNames(host: Host, names: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  if (!names.some(isSlot)) return undefined;
  const partitions = await readFile(host, "/proc/partitions");
  const lines = (rawTextOf(partitions) ?? "").trim().split("\n");
  return lines.length < 2 ? undefined : new Set(lines.map((line) => line.trim().split(/\s+/)[3] ?? ""));
}

async function readBlockDevice(host: Host, name: string): Promise<RawBlockDevice | undefined> {
  const folder = `${root}/${name}`;
  const size = await readValue(host, `${folder}/size`);
  if (isSlot(name) && rawTextOf(size)?.trim() === "0") return undefined;
  const [path, entries] = await Promise.all([host.realPath(folder), host.list(folder)]);
  const wanted = [...commonFiles, ...queueFiles, ...classFiles[classOf(name)]].filter((file) =>
    entries.includes(file.split("/")[0] ?? file),
  );
  const [readings, slaves, partitions, nvmeControllers, usb, ataPortNumber, raidMembers] = await Promise.all([
    readValues(host, folder, wanted),
    standsOnOthers(name) ? listIfThere(host, `${folder}/slaves`) : [],
    Promise.all(
      entries.filter((entry) => entry.startsWith(name)).map((entry) => readPartition(host, `${folder}/${entry}`, entry)),
    ),
    readNvmeControllers(host, path),
    readUsbDevice(host, path),
    readAtaPortNumber(host, path),
    entries.includes("md") ? readMembers(host, `${folder}/md`) : [],
  ]);
  const files: Record<string, Reading> = { size, ...readings };
  const hasDeviceFolder = entries.includes("device");
  const [udev, pcie] = await Promise.all([readUdev(host, files["dev"]), readPcie(host, path, nvmeControllers)]);
  return { name, path, files, hasDeviceFolder, slaves, partitions, nvmeControllers, pcie, usb, ataPortNumber, raidMembers, udev };
}

async function readPartition(host: Host, folder: string, name: string): Promise<RawPartition> {
  const [number, size, dev] = await Promise.all([
    readValue(host, `${folder}/partition`),
    readValue(host, `${folder}/size`),
    readValue(host, `${folder}/dev`),
  ]);
  return { name, number, size, dev, udev: await readUdev(host, dev) };
}

/** A namespace lies in its controller's folder, or with multipath in a folder of links to all its controllers. */
async function readNvmeControllers(host: Host, path: string): Promise<readonly RawNvmeController[]> {
  const parent = /^.*\/(?:nvme|nvme-subsystem)\/[^/]+(?=\/nvme\d+n\d+$)/.exec(path)?.[0];
  if (parent === undefined) return [];
  const own = parent.split("/").at(-1) ?? "";
  const names = isControllerName(own) ? [own] : (await host.list(parent)).filter(isControllerName);
  return Promise.all(
    names.map(async (name) => ({ name, transport: await readValue(host, `/sys/class/nvme/${name}/transport`) })),
  );
}

function isControllerName(name: string): boolean {
  return /^nvme\d+$/.test(name);
}

/** With multipath the way to the namespace leads past its controllers; of several none is the one whose link counts. */
async function readPcie(host: Host, path: string, controllers: readonly RawNvmeController[]): Promise<RawBlockDevice["pcie"]> {
  const [controller, other] = controllers;
  if (controller === undefined || other !== undefined) return undefined;
  const folder = path.replace(/\/[^/]+$/, "");
  if (folder.endsWith(`/${controller.name}`)) return await readPcieFunction(host, folder);
  const link = await readLink(host, `/sys/class/nvme/${controller.name}`);
  return link.outcome === "ok" ? await readPcieFunction(host, link.value) : undefined;
}

async function readAtaPortNumber(host: Host, path: string): Promise<Reading | undefined> {
  const [, folder, port] = /^(.*\/(ata\d+))\/host\d+\//.exec(path) ?? [];
  return folder === undefined ? undefined : await readValue(host, `${folder}/ata_port/${port}/port_no`);
}

async function readMembers(host: Host, folder: string): Promise<RawBlockDevice["raidMembers"]> {
  return await readRaidMembers(host, folder, await listIfThere(host, folder));
}

async function readUdev(host: Host, dev: Reading | undefined): Promise<Reading | undefined> {
  const number = textOf(dev);
  return number === undefined || !/^\d+:\d+$/.test(number) ? undefined : readFile(host, `/run/udev/data/b${number}`);
}

async function listIfThere(host: Host, path: string): Promise<readonly string[]> {
  return optionalValue(await readNames(host, path)) ?? [];
}

async function isGone(host: Host, name: string): Promise<boolean> {
  const names = await readNames(host, root);
  return names.outcome === "ok" && !names.value.includes(name);
}

function errorOf(reading: Reading<unknown> & { readonly outcome: "absent" | "failed" }): AppError {
  return reading.outcome === "failed" ? reading.error : new AppError("HOST_FILE_MISSING", `${reading.path} is not there`);
}
