/** What the kinds of the probe `disks` may be. */
import {
  type BlockContent,
  type BlockDevice,
  BlockDeviceTypeSchema,
  type DeviceMapper,
  type Filesystem,
  type FlashLife,
  type LonghornDisk,
  type Partition,
  type PcieLink,
  type RaidArray,
  type RaidMember,
  type StoragePool,
  type UsbBridge,
} from "@nodekeeper/proto";
import { flag, known, type MessageChecks, messages, optionalMessage, text, texts, within, within64 } from "../check.ts";
import { maximumBytes, maximumCount } from "./limits.ts";

/** Ids of block devices below a filesystem: no array that we know has more disks. */
const physicalIds = texts(64);

const blockContent: MessageChecks<BlockContent> = {
  type: text(64),
  uuid: text(128),
  label: text(),
};

const partition: MessageChecks<Partition> = {
  name: text(64),
  number: within(0, 65_535),
  sizeBytes: within64(maximumBytes),
  holders: texts(64, 64),
  content: optionalMessage(blockContent),
  uuid: text(64),
  label: text(),
};

/** PCIe 7 has 128 GT/s, and links have at most 32 lanes. */
export const pcieLink: MessageChecks<PcieLink> = {
  address: text(32),
  gigatransfersPerSecond: within(0, 256),
  maximumGigatransfersPerSecond: within(0, 256),
  laneCount: within(0, 32),
  maximumLaneCount: within(0, 32),
  isSuspended: flag,
};

const usbBridge: MessageChecks<UsbBridge> = {
  vendorId: text(4),
  productId: text(4),
  manufacturer: text(),
  product: text(),
  driver: text(64),
  speedBitsPerSecond: within64(10n ** 12n),
  knownTrouble: text(512),
};

const flashLife: MessageChecks<FlashLife> = {
  cardType: text(16),
  usedTypeAPercent: within(0, 110),
  usedTypeBPercent: within(0, 110),
  reserveState: text(16),
};

const raidMember: MessageChecks<RaidMember> = {
  name: text(64),
  state: text(128),
  correctedReadErrors: within64(maximumCount),
};

const raidArray: MessageChecks<RaidArray> = {
  level: text(32),
  state: text(32),
  memberCount: within(0, 4_096),
  degradedCount: within(0, 4_096),
  syncAction: text(32),
  members: messages(256, raidMember),
};

const deviceMapper: MessageChecks<DeviceMapper> = {
  type: text(64),
  name: text(),
  volumeGroup: text(),
  logicalVolume: text(),
  isSuspended: flag,
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
  identities: texts(8),
  location: text(512),
  slaves: texts(256, 64),
  content: optionalMessage(blockContent),
  pcieLink: optionalMessage(pcieLink),
  usbBridge: optionalMessage(usbBridge),
  flashLife: optionalMessage(flashLife),
  raidArray: optionalMessage(raidArray),
  deviceMapper: optionalMessage(deviceMapper),
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
  physicalBlockDeviceIds: physicalIds,
  hasFallenReadOnly: flag,
  uuid: text(128),
  label: text(),
};

export const storagePool: MessageChecks<StoragePool> = {
  type: text(16),
  name: text(),
  uuid: text(64),
  state: text(32),
  devices: texts(256, 64),
  missingDeviceCount: within(0, 4_096),
};

export const longhornDisk: MessageChecks<LonghornDisk> = {
  diskUuid: text(64),
  mountPoint: text(1024),
  physicalBlockDeviceIds: physicalIds,
  isMountPoint: flag,
};
