/** The USB device that a disk is part of: a bridge, a dock or a stick. Source: its folder under /sys/devices (kernel documentation, sysfs-bus-usb). */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BlockDeviceSchema } from "@nodekeeper/proto";
import type { Host } from "../../../host/host.ts";
import { type Reading, readLink } from "../../../host/reading.ts";
import { printable } from "../printable.ts";
import { usbDeviceOf } from "./attachment.ts";
import { textOf } from "./file-values.ts";
import type { RawUsbDevice } from "./raw-block-device.ts";
import { readValue } from "./read-value.ts";
import { usbBridgeTrouble } from "./usb-bridge-trouble.ts";

/** USB4 version 2 has 80 Gbit/s. */
const maximumMegabitsPerSecond = 1_000_000;

/** Reads the USB device on the way to a block device; undefined where the way is not by USB. No transfer is made: the kernel remembers it all. */
export async function readUsbDevice(host: Host, devicePath: string): Promise<RawUsbDevice | undefined> {
  const path = usbDeviceOf(devicePath);
  if (path === undefined) return undefined;
  const usbInterface = devicePath.slice(path.length + 1).split("/")[0] ?? "";
  const [vendorId, productId, manufacturer, product, serial, speed, driver] = await Promise.all([
    readValue(host, `${path}/idVendor`),
    readValue(host, `${path}/idProduct`),
    readValue(host, `${path}/manufacturer`),
    readValue(host, `${path}/product`),
    readValue(host, `${path}/serial`),
    readValue(host, `${path}/speed`),
    readLink(host, `${path}/${usbInterface}/driver`),
  ]);
  return { path, vendorId, productId, manufacturer, product, serial, speed, driver };
}

/** The USB device as it is told. */
export function usbBridgeOf(raw: RawUsbDevice | undefined): MessageInitShape<typeof BlockDeviceSchema>["usbBridge"] {
  if (raw === undefined) return undefined;
  const [vendorId, productId] = [hexadecimalIdOf(raw.vendorId), hexadecimalIdOf(raw.productId)];
  return {
    vendorId,
    productId,
    manufacturer: printable(textOf(raw.manufacturer) ?? ""),
    product: printable(textOf(raw.product) ?? ""),
    driver: printable(textOf(raw.driver)?.split("/").at(-1) ?? "", 64),
    speedBitsPerSecond: speedOf(raw.speed),
    knownTrouble: usbBridgeTrouble(vendorId, productId),
  };
}

function hexadecimalIdOf(reading: Reading): string {
  const id = textOf(reading) ?? "";
  return /^[0-9a-f]{4}$/i.test(id) ? id.toLowerCase() : "";
}

/** "480", "5000", and "1.5" for the slowest. */
function speedOf(reading: Reading): bigint | undefined {
  const text = textOf(reading) ?? "";
  const megabits = /^\d{1,7}(?:\.\d)?$/.test(text) ? Number(text) : Number.NaN;
  return megabits > 0 && megabits <= maximumMegabitsPerSecond ? BigInt(Math.round(megabits * 1_000_000)) : undefined;
}
