/** How a disk is attached, by what its node says of it. */
import type { BlockDevice } from "@nodekeeper/proto";
import type { DiskAttachment } from "./node-inventory.ts";

/** The kernel calls no SD card removable, though it is put into a slot by hand. */
export function attachmentOf({ isRemovable, bus, flashLife }: BlockDevice): DiskAttachment {
  if (isRemovable === true || flashLife?.cardType === "sd") return "removable";
  return bus === "usb" ? "usb" : "fixed";
}
