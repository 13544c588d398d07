/** What lies on a device or partition, as udev found it with blkid: ID_FS_* and ID_PART_ENTRY_* of /run/udev/data. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PartitionSchema } from "@nodekeeper/proto";
import type { Reading } from "../../../host/reading.ts";
import { printable } from "../printable.ts";
import { trimmed } from "./file-values.ts";
import { decodeUdev, udevProperties } from "./udev-properties.ts";

/** Type, identity and label of a content. */
export type Content = NonNullable<MessageInitShape<typeof PartitionSchema>["content"]> & {
  readonly type: string;
  readonly uuid: string;
  readonly label: string;
};

const maximumUuidBytes = 128;

/** The content; undefined where udev found none, or has not looked. */
export function contentOf(properties: ReadonlyMap<string, string>): Content | undefined {
  const type = printable(trimmed(properties.get("ID_FS_TYPE")) ?? "", 64);
  if (type === "") return undefined;
  return {
    type,
    uuid: printable(textOf(properties, "ID_FS_UUID"), maximumUuidBytes),
    label: printable(textOf(properties, "ID_FS_LABEL")),
  };
}

/** What udev says of a partition: its content, and its identity and name in the partition table. */
export function partitionContentOf(udev: Reading | undefined): {
  readonly content: Content | undefined;
  readonly uuid: string;
  readonly label: string;
} {
  const properties = udevProperties(udev);
  return {
    content: contentOf(properties),
    uuid: printable(trimmed(properties.get("ID_PART_ENTRY_UUID")) ?? "", 64),
    label: printable(trimmed(decodeUdev(properties.get("ID_PART_ENTRY_NAME"))) ?? ""),
  };
}

/** The property as it was found, by its encoded form where there is one: the other has had unusual characters replaced. */
function textOf(properties: ReadonlyMap<string, string>, name: string): string {
  return trimmed(decodeUdev(properties.get(`${name}_ENC`))) ?? trimmed(properties.get(name)) ?? "";
}
