/** What a device-mapper target is: /sys/block/<name>/dm, and the names that LVM makes of a volume group and a logical volume. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { BlockDeviceSchema } from "@nodekeeper/proto";
import { printable } from "../printable.ts";
import { flagOf, textOf } from "./file-values.ts";
import { classOf } from "./name-class.ts";
import type { RawBlockDevice } from "./raw-block-device.ts";

/** A target's uuid begins with the tool that made it: LVM-…, CRYPT-LUKS2-…, mpath-…, part1-mpath-… */
const toolOfUuid = /^([A-Za-z]+)\d*-/;

/** Group, volume and perhaps a layer of it, parted by single hyphens; hyphens in the names themselves are doubled. */
const lvmName = /^((?:[^-]|--)+)-((?:[^-]|--)+)(?:-[^-].*)?$/;

/** The target; undefined for what is none. */
export function deviceMapperOf(device: RawBlockDevice): MessageInitShape<typeof BlockDeviceSchema>["deviceMapper"] {
  if (classOf(device.name) !== "device-mapper") return undefined;
  const type = (toolOfUuid.exec(textOf(device.files["dm/uuid"]) ?? "")?.[1] ?? "").toLowerCase();
  const name = textOf(device.files["dm/name"]) ?? "";
  const [, group = "", volume = ""] = type === "lvm" ? (lvmName.exec(name) ?? []) : [];
  return {
    type: printable(type, 64),
    name: printable(name),
    volumeGroup: printable(group.replaceAll("--", "-")),
    logicalVolume: printable(volume.replaceAll("--", "-")),
    isSuspended: flagOf(device.files["dm/suspended"]),
  };
}
