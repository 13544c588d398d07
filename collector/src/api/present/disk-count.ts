/** How many disks a node has. */
import { BlockDeviceType, Outcome } from "@nodekeeper/proto";
import type { NodeView } from "../../state/node-view.ts";

/**
 * Physical and virtual disks, without partitions, loops and arrays. Undefined while no complete list of block devices is known, or while
 * one of them was never read: it may be a disk or not.
 */
export function diskCount(view: NodeView): number | undefined {
  const list = view.lists.find((candidate) => candidate.kind === "block_device");
  if (list?.isComplete !== true) return undefined;
  let count = 0;
  for (const { kind, outcome, value } of view.subjects) {
    if (kind !== "block_device" || outcome === Outcome.ABSENT) continue;
    if (value?.case !== "blockDevice" || value.value.type === BlockDeviceType.UNSPECIFIED) return undefined;
    if (value.value.type === BlockDeviceType.DISK) count += 1;
  }
  return count;
}
