/** A block device as it was read, for tests of what is made of it: files by their text, or by why they cannot be read. */
import { AppError } from "@nodekeeper/shared";
import type { Reading } from "../../host/reading.ts";
import type { RawBlockDevice, RawUsbDevice } from "../support/block/raw-block-device.ts";

/** A file that was read. */
export function readText(value: string, path = ""): Reading {
  return { outcome: "ok", path, value };
}

/** A file that is not there. */
export function notThere(path = ""): Reading {
  return { outcome: "absent", path };
}

/** A device without hardware, with these files; `rest` sets what else it has. */
export function rawBlockDevice(
  name: string,
  files: Readonly<Record<string, string | AppError>>,
  rest: Partial<RawBlockDevice> = {},
): RawBlockDevice {
  const readings = Object.entries(files).map(([file, value]): [string, Reading] => [
    file,
    value instanceof AppError ? { outcome: "failed", path: file, error: value } : readText(value, file),
  ]);
  return {
    name,
    path: `/sys/devices/virtual/block/${name}`,
    files: Object.fromEntries(readings),
    hasDeviceFolder: true,
    slaves: [],
    partitions: [],
    nvmeControllers: [],
    pcie: undefined,
    usb: undefined,
    ataPortNumber: undefined,
    raidMembers: [],
    udev: undefined,
    ...rest,
  };
}

/** A USB device of which some files are there. */
export function rawUsbDevice(files: Partial<Record<keyof RawUsbDevice, string>>): RawUsbDevice {
  const file = (name: keyof RawUsbDevice): Reading => {
    const text = files[name];
    return text === undefined ? notThere() : readText(text);
  };
  return {
    path: files.path ?? "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1",
    vendorId: file("vendorId"),
    productId: file("productId"),
    manufacturer: file("manufacturer"),
    product: file("product"),
    serial: file("serial"),
    speed: file("speed"),
    driver: file("driver"),
  };
}
