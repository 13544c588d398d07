/** Reads /sys/block: a folder listing and some twenty small files for each device; no device is opened, none is woken. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { errnoOf } from "../../../host/host-error.ts";
import { optionalValue, type Reading, readFile, readNames } from "../../../host/reading.ts";
import { usbDeviceOf } from "./attachment.ts";
import { rawTextOf, textOf } from "./file-values.ts";
import { classOf, isEmptySlot, type NameClass, whyNoDevice } from "./name-class.ts";
import type {
  RawBlockDevice,
  RawBlockDevices,
  RawNvmeController,
  RawPartition,
  UnreadableBlockDevice,
} from "./raw-block-device.ts";

const root = "/sys/block";

const commonFiles = ["dev", "ro", "removable", "stat", "wwid"];
const queueFiles = ["queue/rotational", "queue/logical_block_size", "queue/physical_block_size"];

/** Files that only some drivers have. */
const classFiles: Readonly<Record<NameClass, readonly string[]>> = {
  nvme: ["nsid", "device/model", "device/serial", "device/firmware_rev"],
  scsi: ["device/vendor", "device/model", "device/rev", "device/wwid", "device/vpd_pg80"],
  optical: ["device/vendor", "device/model", "device/rev", "device/wwid", "device/vpd_pg80"],
  virtio: ["serial"],
  mmc: ["device/name", "device/serial", "device/fwrev"],
  "device-mapper": ["dm/uuid", "dm/name"],
  raid: ["md/uuid"],
  loop: ["loop/backing_file"],
  zram: [],
  nbd: [],
  other: [],
};

/** Errors by which the kernel says that a file of sysfs has no value: the device was asked and names none. */
const noValueErrors: readonly string[] = ["ENXIO", "EINVAL", "ENODATA", "EOPNOTSUPP"];

/**
 * Reads every block device. Left out are names that are no devices (see `whyNoDevice`), and slots of the loop, zram and nbd drivers that
 * nothing is in. A device that goes away while it is read is not there.
 */
export async function readBlockDevices(host: Host, signal: AbortSignal): Promise<RawBlockDevices> {
  const names = await readNames(host, root);
  if (names.outcome !== "ok") return { devices: [], unreadable: [], listError: errorOf(names) };
  const devices: RawBlockDevice[] = [];
  const unreadable: UnreadableBlockDevice[] = [];
  for (const name of names.value.filter((each) => whyNoDevice(each) === undefined)) {
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

async function readBlockDevice(host: Host, name: string): Promise<RawBlockDevice | undefined> {
  const folder = `${root}/${name}`;
  const size = await readValue(host, `${folder}/size`);
  if (isEmptySlot(name, rawTextOf(size) ?? "")) return undefined;
  const [path, entries] = await Promise.all([host.realPath(folder), host.list(folder)]);
  const wanted = [...commonFiles, ...queueFiles, ...classFiles[classOf(name)]].filter((file) =>
    entries.includes(file.split("/")[0] ?? file),
  );
  const [readings, holders, partitions, nvmeControllers, usbSerial] = await Promise.all([
    Promise.all(wanted.map(async (file) => [file, await readValue(host, `${folder}/${file}`)] as const)),
    listIfThere(host, `${folder}/holders`),
    Promise.all(
      entries.filter((entry) => entry.startsWith(name)).map((entry) => readPartition(host, `${folder}/${entry}`, entry)),
    ),
    readNvmeControllers(host, path),
    readUsbSerial(host, path),
  ]);
  const files: Record<string, Reading> = { size, ...Object.fromEntries(readings) };
  const hasDeviceFolder = entries.includes("device");
  const udev = await readUdev(host, files["dev"]);
  return { name, path, files, hasDeviceFolder, holders, partitions, nvmeControllers, usbSerial, udev };
}

/** A file of sysfs; one that answers that it has no value counts as not there. */
async function readValue(host: Host, path: string): Promise<Reading> {
  const reading = await readFile(host, path);
  const hasNoValue = reading.outcome === "failed" && noValueErrors.includes(errnoOf(reading.error) ?? "");
  return hasNoValue ? { outcome: "absent", path } : reading;
}

async function readPartition(host: Host, folder: string, name: string): Promise<RawPartition> {
  const [number, size, dev, holders] = await Promise.all([
    readValue(host, `${folder}/partition`),
    readValue(host, `${folder}/size`),
    readValue(host, `${folder}/dev`),
    listIfThere(host, `${folder}/holders`),
  ]);
  return { name, number, size, dev, holders };
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

async function readUsbSerial(host: Host, path: string): Promise<Reading | undefined> {
  const device = usbDeviceOf(path);
  return device === undefined ? undefined : readValue(host, `${device}/serial`);
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
