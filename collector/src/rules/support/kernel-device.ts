/** Which disk the kernel speaks of: its log has names of controllers, partitions and PCIe addresses, and people know models. */
import type { BlockDevice } from "@nodekeeper/proto";
import { type NodeView, valuesOf } from "../../state/node-view.ts";

/** A block device under the name of the kernel log. */
export interface NamedDevice {
  /** Id of the block device. */
  readonly id: string;
  readonly model: string;
  /** e.g. "Samsung SSD 980 PRO 1TB (nvme0)", with the kernel's own name. */
  readonly name: string;
}

/** Finds block devices by the name of a disk, a partition, an NVMe controller or the PCIe address of one. */
export function deviceNames(view: NodeView): (device: string) => NamedDevice | undefined {
  const devices = valuesOf(view, "blockDevice");
  return (device) => {
    if (device === "") return undefined;
    const found = devices.find(({ value }) => isNamed(value, device));
    if (found === undefined) return undefined;
    const { subject, value } = found;
    return { id: subject.id, model: value.model, name: value.model === "" ? device : `${value.model} (${device})` };
  };
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
