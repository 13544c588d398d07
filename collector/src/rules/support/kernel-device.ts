/** Which disk the kernel speaks of: its log has names of controllers, partitions, mapped devices and PCIe addresses; people know models. */
import type { BlockDevice } from "@nodekeeper/proto";
import { type NodeView, type SubjectView, valuesOf } from "../../state/node-view.ts";

/** The disk behind a name of the kernel log. */
export interface NamedDevice {
  /** Id of the block device. */
  readonly id: string;
  readonly model: string;
  /** e.g. "Samsung SSD 980 PRO 1TB (nvme0)", with the name that the kernel used. */
  readonly name: string;
  /** True for a disk that people unplug: its faults may be no more than that. */
  readonly isExternal: boolean;
}

/**
 * Finds the disk by its name, by a partition, an NVMe controller or the PCIe address of one, and below a mapped device or an array where
 * only one disk is below it.
 */
export function deviceNames(view: NodeView): (device: string) => NamedDevice | undefined {
  const devices = valuesOf(view, "blockDevice");
  return (device) => {
    const found = bottomOf(device, devices, maximumDepth);
    if (found === undefined) return undefined;
    const { subject, value } = found;
    return {
      id: subject.id,
      model: value.model,
      name: value.model === "" ? device : `${value.model} (${device})`,
      isExternal: value.bus === "usb" || value.isRemovable === true,
    };
  };
}

interface Found {
  readonly subject: SubjectView;
  readonly value: BlockDevice;
}

/** Crypt on LVM on RAID on partitions is four. */
const maximumDepth = 8;

function bottomOf(device: string, devices: readonly Found[], depth: number): Found | undefined {
  const found = device === "" ? undefined : devices.find(({ value }) => isNamed(value, device));
  const [slave, ...others] = found?.value.slaves ?? [];
  if (slave === undefined || others.length > 0 || depth === 0) return found;
  return bottomOf(slave, devices, depth - 1) ?? found;
}

function isNamed({ name, partitions, pcieLink }: BlockDevice, device: string): boolean {
  return (
    name === device ||
    controllerOf(name) === device ||
    pcieLink?.address === device ||
    partitions.some((partition) => partition.name === device)
  );
}

/** nvme0n1 → nvme0 */
function controllerOf(name: string): string | undefined {
  return /^(nvme\d+)n\d+$/.exec(name)?.[1];
}
