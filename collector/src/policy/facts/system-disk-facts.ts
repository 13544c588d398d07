/** The disk that the machine's root filesystem lies on. Pure. */
import type { DiskFacts } from "@nodekeeper/proto";
import type { ProbeState } from "../../state/node-state.ts";
import { diskFacts } from "./disk-facts.ts";
import type { HealthOfDisk } from "./disk-health-facts.ts";
import { toldSubject, toldSubjects } from "./heard-probe.ts";
import type { ReadGroup } from "./service-facts.ts";

/** Of several (an array, a volume group) the first by its id. A device that could not be read may be one of them. */
export function systemDiskFacts(probe: ProbeState, healthOf: HealthOfDisk): ReadGroup<DiskFacts> {
  const devices = toldSubjects(probe, "block_device");
  const unread = devices.find(({ value, isAbsent }) => value === undefined && !isAbsent);
  if (unread !== undefined)
    return { reason: `the block device ${unread.id} could not be read: ${unread.failure?.message ?? ""}` };
  const root = toldSubject(probe, "filesystem", "/")?.value;
  if (root?.case !== "filesystem") return { reason: "the root filesystem could not be read" };
  const ids = new Set([...root.value.physicalBlockDeviceIds, root.value.blockDeviceId]);
  const disk = diskFacts(devices, healthOf).find(({ id }) => ids.has(id));
  return disk === undefined ? { reason: "the root filesystem lies on no disk of this machine that is known" } : { facts: disk };
}
