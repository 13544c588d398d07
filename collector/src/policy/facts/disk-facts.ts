/** Disks as policies speak of them. Pure. */
import { create } from "@bufbuild/protobuf";
import { type BlockDevice, BlockDeviceType, type DiskFacts, DiskFactsSchema, type PcieLink } from "@nodekeeper/proto";
import { attachmentOf } from "../../state/disk-attachment.ts";
import type { HealthOfDisk } from "./disk-health-facts.ts";
import type { ToldSubject } from "./heard-probe.ts";
import { known } from "./known-value.ts";

/** PCIe 3, per lane (PCI Express Base Specification), and lanes of an NVMe disk that is not cut short. */
const fastGigatransfersPerSecond = 8;
const fastLanes = 4;

/** The disks of a machine by their id; of one that could not be read now only the id, and what it says of its health. */
export function diskFacts(devices: readonly ToldSubject[], healthOf: HealthOfDisk): readonly DiskFacts[] {
  return devices
    .filter(isDisk)
    .map((device) => oneDisk(device, healthOf(device.id)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isDisk({ isAbsent, lastValue }: ToldSubject): boolean {
  return !isAbsent && lastValue?.case === "blockDevice" && isWholeDisk(lastValue.value);
}

/**
 * A card reader without a card has no size. Where it is not known whether hardware stands behind a device, a driver has made it: volumes of ZFS
 * and DRBD. Volumes of a network come and go with what runs on the machine; those of a hypervisor are its disks.
 */
function isWholeDisk({ type, isVirtual, sizeBytes, bus }: BlockDevice): boolean {
  const isDisk = type === BlockDeviceType.DISK || type === BlockDeviceType.UNSPECIFIED;
  const isOfNetwork = ["iscsi", "nbd", "rbd"].includes(bus) || bus.startsWith("nvme-");
  return isDisk && isVirtual !== undefined && sizeBytes !== 0n && !isOfNetwork;
}

function oneDisk({ id, value }: ToldSubject, health: ReturnType<HealthOfDisk>): DiskFacts {
  const told = health === undefined ? {} : { health }; // an empty text says something here
  if (value?.case !== "blockDevice") return create(DiskFactsSchema, { id, ...told });
  const device = value.value;
  const isAwake = device.pcieLink !== undefined && device.pcieLink.isSuspended !== true;
  return create(DiskFactsSchema, {
    id,
    type: typeOf(device),
    ...known("transport", device.bus),
    ...known("model", device.model),
    ...known("sizeGib", device.sizeBytes === undefined ? undefined : Number(device.sizeBytes >> 30n)),
    ...known("pcieLanes", isAwake ? device.pcieLink?.laneCount : undefined),
    ...known("isFast", isFast(device, isAwake ? device.pcieLink : undefined)),
    ...known("isRemovable", isRemovable(device)),
    ...told,
  });
}

/** Empty where the disk does not say what it is: a USB stick is told to spin by the kernel, since it does not say otherwise. */
function typeOf({ bus, isVirtual, isRotational, isRemovable: isPulled }: BlockDevice): string | undefined {
  if (isVirtual === true) return "virtual";
  if (bus === "nvme") return "nvme";
  if (bus === "mmc") return "sd";
  if (isRotational === undefined) return undefined;
  if (bus === "usb" && (isPulled === true || isRotational)) return "";
  return isRotational ? "hdd" : "ssd";
}

function isRemovable(device: BlockDevice): boolean | undefined {
  if (attachmentOf(device) !== "fixed") return true;
  return device.isRemovable === undefined ? undefined : false;
}

/** Undefined where its link is not known. */
function isFast({ bus }: BlockDevice, link: PcieLink | undefined): boolean | undefined {
  if (bus !== "nvme") return bus === "" ? undefined : false;
  if (link?.laneCount === undefined || link.gigatransfersPerSecond === undefined) return undefined;
  return link.laneCount >= fastLanes && link.gigatransfersPerSecond >= fastGigatransfersPerSecond;
}
