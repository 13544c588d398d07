/** The identity of a block device: what stays the same when it gets another name. */
import { createHash } from "node:crypto";
import { AppError } from "@nodekeeper/shared";
import type { Reading } from "../../../host/reading.ts";
import { cut, printable } from "../printable.ts";
import { rawTextOf, textOf, trimmed } from "./file-values.ts";
import { locationOf } from "./location.ts";
import { classOf } from "./name-class.ts";
import type { RawBlockDevice } from "./raw-block-device.ts";

/** Longest id on the wire, in bytes. */
const maximumIdBytes = 256;

/**
 * The stable id of a device, by the first of these that it has:
 * - `wwid` of the disk (NVMe: from UUID, NGUID or EUI-64, else vendor, serial and model; SCSI and ATA: from page 83h), as the kernel prints it;
 * - `serial:<model>_<serial>`; for an NVMe namespace with its number;
 * - `dm:<uuid>`, `md:<uuid>`, `loop:<backing file>` for what stands on other devices;
 * - `name:<name>`, which does not survive a renaming; the device gives nothing better.
 *
 * Only sysfs is asked: udev answers later, and an id that changes once udev has answered is no id.
 * Throws where a file that may hold the identity cannot be read: a worse id than the device has would be another device's.
 */
export function identityOf(device: RawBlockDevice): string {
  const id = virtualIdentity(device) ?? hardwareIdentity(device) ?? `name:${device.name}`;
  return limitId(id);
}

/** World wide identity as the kernel prints it; undefined where the device has none. */
export function wwidOf(device: RawBlockDevice): string | undefined {
  const wwid = textOf(device.files["wwid"]) ?? textOf(device.files["device/wwid"]);
  return wwid === undefined || /^[a-z]+\.[0-]*$/.test(wwid) ? undefined : wwid;
}

/** Serial number from sysfs; undefined where the device says none. */
export function serialOf(device: RawBlockDevice): string | undefined {
  const serials = [
    textOf(device.files["device/serial"]),
    textOf(device.files["serial"]),
    // Page 80h has a header of four bytes before the serial number.
    trimmed(rawTextOf(device.files["device/vpd_pg80"])?.slice(4)),
    textOf(device.usb?.serial),
  ];
  return serials.find((serial) => serial !== undefined && !/^0*$/.test(serial));
}

/** False for an id that is only a name, and for the UUID of zeros of an array that has no superblock. */
export function isStableId(id: string): boolean {
  return !/^(?:name:|md:[0:-]+(?:@|$))/.test(id);
}

/**
 * Every stable name of a device whose id is `id`, the most stable first; none where the id is none. NVMe: EUI-64 and NGUID in the
 * form of the kernel's wwid, since which of them the wwid is made of differs by kernel and firmware.
 */
export function identitiesOf(device: RawBlockDevice, id: string): readonly string[] {
  if (!isStableId(id)) return [];
  const others = [hexadecimalIdentity(device.files["eui"], 16), hexadecimalIdentity(device.files["nguid"], 32)];
  const wwid = virtualIdentity(device) === undefined ? wwidOf(device) : undefined;
  const names = [wwid === undefined ? undefined : underscored(wwid), ...others, serialIdentity(device)];
  return [...new Set([id, ...names.filter((name) => name !== undefined).map(limitId)])];
}

/** Ids in the order of the devices; of devices with one id the first by location keeps it, the others get their location added. */
export function distinctIds(devices: readonly { readonly id: string; readonly path: string }[]): readonly string[] {
  const byLocation = devices.map((_, index) => index).sort((a, b) => (locationAt(devices, a) < locationAt(devices, b) ? -1 : 1));
  const taken = new Set<string>();
  const ids: string[] = [];
  for (const index of byLocation) {
    const id = devices[index]?.id ?? "";
    const candidates = [id, limitId(`${id}@${locationAt(devices, index)}`), limitId(`${id}@${devices[index]?.path}`)];
    const free = candidates.find((candidate) => !taken.has(candidate)) ?? id;
    taken.add(free);
    ids[index] = free;
  }
  return ids;
}

/** An id that fits on the wire: printable, and where it is too long, cut with a digest of the whole at its end. */
export function limitId(id: string): string {
  const shown = printable(id, Number.POSITIVE_INFINITY);
  if (Buffer.byteLength(shown) <= maximumIdBytes) return shown;
  const digest = createHash("sha256").update(id).digest("hex").slice(0, 16);
  return `${cut(shown, maximumIdBytes - 20)}…${digest}`;
}

function virtualIdentity(device: RawBlockDevice): string | undefined {
  const kinds = {
    "device-mapper": ["dm", ["dm/uuid", "dm/name"]],
    raid: ["md", ["md/uuid"]],
    loop: ["loop", ["loop/backing_file"]],
  } as const;
  const name = classOf(device.name);
  if (name !== "device-mapper" && name !== "raid" && name !== "loop") return undefined;
  const [prefix, files] = kinds[name];
  const value = files.map((file) => textOf(told(device.files[file]))).find((text) => text !== undefined);
  return value === undefined ? undefined : `${prefix}:${value}`;
}

function hardwareIdentity(device: RawBlockDevice): string | undefined {
  const isHardware = ["nvme", "scsi", "optical", "virtio", "mmc"].includes(classOf(device.name));
  if (isHardware && !device.hasDeviceFolder) {
    throw new AppError(
      "HOST_FILE_MISSING",
      `cannot tell which disk ${device.name} is: /sys/block/${device.name}/device is not there`,
    );
  }
  for (const file of ["wwid", "device/wwid"]) told(device.files[file]);
  const wwid = wwidOf(device);
  if (wwid !== undefined) return underscored(wwid);

  for (const file of ["device/serial", "serial", "device/vpd_pg80", "device/model", "device/name", "nsid"])
    told(device.files[file]);
  told(device.usb?.serial);
  return serialIdentity(device);
}

/** Model with serial number, of an NVMe namespace with its number. */
function serialIdentity(device: RawBlockDevice): string | undefined {
  const serial = serialOf(device);
  if (serial === undefined) return undefined;
  const model = textOf(device.files["device/model"]) ?? textOf(device.files["device/name"]);
  const namespace = classOf(device.name) === "nvme" ? textOf(device.files["nsid"]) : undefined;
  const parts = [model, serial, namespace === undefined ? undefined : `n${namespace}`];
  return `serial:${parts
    .filter((part) => part !== undefined)
    .map(underscored)
    .join("_")}`;
}

/** The reading, unless it failed: then the identity cannot be told. */
function told(reading: Reading | undefined): Reading | undefined {
  if (reading?.outcome === "failed") throw reading.error;
  return reading;
}

/** "00 25 38 5b 71 b0 0a 31" and "0025385b-71b0-0a31-…" as eui.<digits>; undefined where all are zero. */
function hexadecimalIdentity(reading: Reading | undefined, digitCount: number): string | undefined {
  const digits = (textOf(reading) ?? "").replaceAll(/[\s-]/g, "").toLowerCase();
  return /^[0-9a-f]+$/.test(digits) && digits.length === digitCount && !/^0+$/.test(digits) ? `eui.${digits}` : undefined;
}

function underscored(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\uFFFD]+/gu, "_");
}

function locationAt(devices: readonly { readonly path: string }[], index: number): string {
  return locationOf(devices[index]?.path ?? "");
}
