/** What the kinds of the probe `disks` may be. */
import { type BlockDevice, BlockDeviceTypeSchema, type Filesystem, type Partition } from "@nodekeeper/proto";
import { flag, known, type MessageChecks, messages, text, texts, within, within64 } from "../check.ts";
import { maximumBytes, maximumCount } from "./limits.ts";

const partition: MessageChecks<Partition> = {
  name: text(64),
  number: within(0, 65_535),
  sizeBytes: within64(maximumBytes),
  holders: texts(64, 64),
};

export const blockDevice: MessageChecks<BlockDevice> = {
  name: text(64),
  type: known(BlockDeviceTypeSchema),
  bus: text(32),
  vendor: text(),
  model: text(),
  serial: text(),
  firmwareRevision: text(64),
  wwid: text(),
  sizeBytes: within64(maximumBytes),
  logicalBlockSizeBytes: within(1, 1 << 30),
  physicalBlockSizeBytes: within(1, 1 << 30),
  isRotational: flag,
  isRemovable: flag,
  isReadOnly: flag,
  isVirtual: flag,
  partitions: messages(256, partition),
  holders: texts(256, 64),
};

export const filesystem: MessageChecks<Filesystem> = {
  mountPoint: text(1024),
  source: text(1024),
  type: text(64),
  blockDeviceId: text(),
  deviceName: text(64),
  isReadOnly: flag,
  sizeBytes: within64(maximumBytes),
  inodesTotal: within64(maximumCount),
  isRemote: flag,
};
