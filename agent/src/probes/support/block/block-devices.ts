/** What the files of /sys/block mean: each device with its identity, or why it could not be told. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type BlockDevice, type BlockDeviceSchema, BlockDeviceType, type PartitionSchema } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { printable } from "../printable.ts";
import { raidArrayOf } from "../raid/raid-array.ts";
import { busOf, isVirtual } from "./attachment.ts";
import { type Content, contentOf, partitionContentOf } from "./block-content.ts";
import { deviceMapperOf } from "./device-mapper.ts";
import { flagOf, integerOf, sectorsToBytes, textOf, trimmed } from "./file-values.ts";
import { flashLifeOf } from "./flash-life.ts";
import { holdersByName } from "./holders.ts";
import { distinctIds, identitiesOf, identityOf, isStableId, serialOf, wwidOf } from "./identity.ts";
import { deviceLocation } from "./location.ts";
import { classOf, type NameClass } from "./name-class.ts";
import { pcieLinkOf } from "./pcie-function.ts";
import type { RawBlockDevice, RawBlockDevices, RawPartition } from "./raw-block-device.ts";
import { decodeUdev, udevProperties } from "./udev-properties.ts";
import { usbBridgeOf } from "./usb-device.ts";

/** A device that was understood. */
export interface KnownBlockDevice {
  readonly id: string;
  readonly raw: RawBlockDevice;
  readonly type: BlockDeviceType;
  readonly bus: string;
  readonly isVirtual: boolean | undefined;
  /** What lies on it or on its partitions, by the name of the device or partition. */
  readonly contents: readonly { readonly name: string; readonly content: Content }[];
  readonly value: MessageInitShape<typeof BlockDeviceSchema>;
}

/** A device that is there and could not be understood. */
interface FailedBlockDevice {
  /** Its identity, or `name:<name>` where that could not be told. */
  readonly id: string;
  readonly name: string;
  readonly error: AppError;
}

/** All devices of the machine. */
export interface BlockDevices {
  readonly known: readonly KnownBlockDevice[];
  readonly failed: readonly FailedBlockDevice[];
  /**
   * Why a device may be missing here: /sys/block could not be listed, or one of the failed has an identity that could not be told, and so
   * may be any device that is not among the others. Undefined: whatever is not here is not there.
   */
  readonly incompleteBecause: AppError | undefined;
}

const types: Readonly<Record<NameClass, BlockDeviceType>> = {
  nvme: BlockDeviceType.DISK,
  scsi: BlockDeviceType.DISK,
  optical: BlockDeviceType.OPTICAL,
  virtio: BlockDeviceType.DISK,
  mmc: BlockDeviceType.DISK,
  "device-mapper": BlockDeviceType.DEVICE_MAPPER,
  raid: BlockDeviceType.RAID,
  loop: BlockDeviceType.LOOP,
  zram: BlockDeviceType.ZRAM,
  nbd: BlockDeviceType.DISK,
  other: BlockDeviceType.DISK,
};

/** Larger units of addressing make no sense. */
const maximumBlockSizeBytes = 1 << 30;
/** A GPT has room for 128 as usual; more than this is no partition table that anyone uses. */
const maximumPartitions = 256;

/** As many names as a list of them may have on the wire. */
const maximumNames = 256;
const maximumPartitionHolders = 64;

type Holders = ReturnType<typeof holdersByName>;
type PartitionValue = MessageInitShape<typeof PartitionSchema> & {
  readonly name: string;
  readonly number: number | undefined;
  readonly content: Content | undefined;
};
type Description = Pick<BlockDevice, "vendor" | "model" | "serial" | "firmwareRevision">;

/** Interprets what was read. Two devices that give one identity stay two (see `distinctIds`). */
export function interpretBlockDevices(raw: RawBlockDevices): BlockDevices {
  const failed: FailedBlockDevice[] = raw.unreadable.map(({ name, error }) => ({ id: `name:${name}`, name, error }));
  let incompleteBecause = raw.listError ?? failed[0]?.error;
  const identified: { device: RawBlockDevice; id: string; path: string }[] = [];
  for (const device of raw.devices) {
    try {
      identified.push({ device, id: identityOf(device), path: device.path });
    } catch (thrown) {
      const error = AppError.from(thrown, "HOST_ANSWER_MALFORMED");
      failed.push({ id: `name:${device.name}`, name: device.name, error });
      incompleteBecause ??= error;
    }
  }
  const holders = holdersByName(raw.devices);
  const ids = distinctIds(identified);
  const identities = distinctIdentities(identified.map(({ device, id }, index) => ({ device, id, ownId: ids[index] ?? id })));
  const known: KnownBlockDevice[] = [];
  for (const [index, id] of ids.entries()) {
    const device = identified[index]?.device;
    if (device === undefined) continue;
    const error = sizeError(device);
    if (error === undefined) known.push(interpret(id, identities[index] ?? [], device, holders));
    else failed.push({ id, name: device.name, error });
  }
  return { known, failed, incompleteBecause };
}

/** A name that two devices have is no identity of either; the one that keeps it as its id keeps it here. */
function distinctIdentities(
  devices: readonly { readonly device: RawBlockDevice; readonly id: string; readonly ownId: string }[],
): readonly (readonly string[])[] {
  const all = devices.map(({ device, id }) => identitiesOf(device, id));
  const counts = new Map<string, number>();
  for (const identity of all.flat()) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  return devices.map(({ id, ownId }, index) => {
    const others = (all[index] ?? []).filter((identity) => identity !== id && counts.get(identity) === 1);
    return isStableId(ownId) ? [ownId, ...others] : others;
  });
}

function interpret(id: string, identities: readonly string[], raw: RawBlockDevice, holders: Holders): KnownBlockDevice {
  const type = types[classOf(raw.name)];
  const bus = busOf(raw);
  const virtual = isVirtual(raw, bus);
  const udev = udevProperties(raw.udev);
  const partitions = raw.partitions
    .map((partition) => interpretPartition(partition, holders))
    .sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  const value = {
    name: raw.name,
    type,
    bus,
    ...descriptionOf(raw, udev),
    wwid: printable(wwidOf(raw) ?? ""),
    sizeBytes: sectorsToBytes(raw.files["size"]),
    logicalBlockSizeBytes: integerOf(raw.files["queue/logical_block_size"], 1, maximumBlockSizeBytes),
    physicalBlockSizeBytes: integerOf(raw.files["queue/physical_block_size"], 1, maximumBlockSizeBytes),
    isRotational: flagOf(raw.files["queue/rotational"]),
    isRemovable: flagOf(raw.files["removable"]),
    isReadOnly: flagOf(raw.files["ro"]),
    isVirtual: virtual,
    partitions: partitions.slice(0, maximumPartitions),
    holders: holdersOf(raw, holders),
    identities: [...identities],
    location: deviceLocation(raw),
    slaves: raw.slaves.slice(0, maximumNames),
    content: raw.partitions.length === 0 ? contentOf(udev) : undefined,
    pcieLink: pcieLinkOf(raw.pcie),
    usbBridge: usbBridgeOf(raw.usb),
    flashLife: flashLifeOf(raw),
    raidArray: raidArrayOf(raw),
    deviceMapper: deviceMapperOf(raw),
  };
  const contents = [value, ...partitions].flatMap(({ name, content }) => (content === undefined ? [] : [{ name, content }]));
  return { id, raw, type, bus, isVirtual: virtual, contents, value };
}

function interpretPartition(raw: RawPartition, holders: Holders): PartitionValue {
  return {
    name: raw.name,
    number: integerOf(raw.number, 0, 65_535),
    sizeBytes: sectorsToBytes(raw.size),
    holders: [...(holders.get(raw.name) ?? [])].slice(0, maximumPartitionHolders),
    ...partitionContentOf(raw.udev),
  };
}

function holdersOf(raw: RawBlockDevice, holders: Holders): string[] {
  const names = [raw, ...raw.partitions].flatMap(({ name }) => holders.get(name) ?? []);
  return [...new Set(names)].sort().slice(0, maximumNames);
}

/** Names by sysfs; SCSI has room for 16 characters of a model and 4 of a revision (ATA: its last 4), and what udev was told is whole. */
function descriptionOf(raw: RawBlockDevice, udev: ReadonlyMap<string, string>): Description {
  const vendor = textOf(raw.files["device/vendor"]) ?? "";
  const model = textOf(raw.files["device/model"]) ?? textOf(raw.files["device/name"]) ?? "";
  const revision =
    textOf(raw.files["device/firmware_rev"]) ?? textOf(raw.files["device/rev"]) ?? textOf(raw.files["device/fwrev"]) ?? "";
  return {
    vendor: vendor === "ATA" ? "" : printable(vendor), // the translation layer's word, not the disk's
    model: printable(wholeOf(model, decodeUdev(udev.get("ID_MODEL_ENC")))),
    serial: printable(serialOf(raw) ?? trimmed(udev.get("ID_SERIAL_SHORT")) ?? ""),
    firmwareRevision: printable(wholeOf(revision, udev.get("ID_REVISION")), 64),
  };
}

function wholeOf(cut: string, other: string | undefined): string {
  const whole = trimmed(other);
  return whole?.startsWith(cut) || whole?.endsWith(cut) ? whole : cut;
}

function sizeError(device: RawBlockDevice): AppError | undefined {
  const size = device.files["size"];
  if (size?.outcome === "failed") return size.error;
  if (sectorsToBytes(size) !== undefined) return undefined;
  const path = `/sys/block/${device.name}/size`;
  if (size?.outcome !== "ok")
    return new AppError("HOST_FILE_MISSING", `the size of ${device.name} cannot be told: ${path} is not there`);
  return new AppError("HOST_ANSWER_MALFORMED", `the size of ${device.name} is no number of sectors: ${path}`);
}
