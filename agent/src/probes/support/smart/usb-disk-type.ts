/**
 * How to speak to a disk behind a USB bridge that smartctl's drive database does not know. Only where a wrong guess can do no harm: sticks have
 * hung and dropped off at commands that they do not know. Pure.
 */

import { textOf } from "../block/file-values.ts";
import type { RawUsbDevice } from "../block/raw-block-device.ts";

/** Bridges to NVMe by USB id, for versions of smartctl that know the type and not yet the bridge (smartmontools drivedb.h, entries "USB"). */
const nvmeBridges: ReadonlyMap<string, string> = new Map([
  ["0bda:9210", "sntrealtek"],
  ["0bda:9211", "sntrealtek"],
  ["0bda:9220", "sntrealtek"],
  ["174c:2362", "sntasmedia"],
  ["174c:2364", "sntasmedia"],
]);

/** Bridges that may hold SATA or NVMe: what they hold cannot be told before they are asked, and a wrong question has hung them. */
const undecidedBridges: ReadonlySet<string> = new Set(["152d:0583", "152d:0586"]);

/**
 * smartctl's device type; undefined where none is safe. A bridge that the driver uas serves speaks SCSI in full, as sticks do not, and answers
 * a pass-through command (SAT) that it does not know with an error.
 */
export function usbDiskTypeFor(usb: RawUsbDevice | undefined): string | undefined {
  if (usb === undefined) return undefined;
  const id = `${textOf(usb.vendorId) ?? ""}:${textOf(usb.productId) ?? ""}`.toLowerCase();
  if (undecidedBridges.has(id)) return undefined;
  return nvmeBridges.get(id) ?? (textOf(usb.driver)?.endsWith("/uas") === true ? "sat" : undefined);
}
