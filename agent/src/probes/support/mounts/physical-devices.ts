/** The way down: which devices lie at the bottom of partitions, LVM, crypt, multipath and RAID. Pure. */
import type { KnownBlockDevice } from "../block/block-devices.ts";

/** Ids of the devices at the bottom of these devices or partitions, each once. A name that is none of ours leads nowhere. */
export type PhysicalLookup = (names: readonly string[]) => readonly string[];

/** As many as the wire takes. */
const maximumIds = 64;

/** Follows `slaves` down to devices that stand on no other. */
export function createPhysicalLookup(devices: readonly KnownBlockDevice[]): PhysicalLookup {
  const byName = new Map<string, KnownBlockDevice>();
  for (const device of devices) {
    for (const { name } of [device.raw, ...device.raw.partitions]) byName.set(name, device);
  }
  return (names) => {
    const seen = new Set<KnownBlockDevice>();
    const pending = [...names].reverse();
    const ids: string[] = [];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const device = byName.get(name);
      if (device === undefined || seen.has(device)) continue;
      seen.add(device);
      if (device.raw.slaves.length === 0) ids.push(device.id);
      else pending.push(...device.raw.slaves.toReversed());
    }
    return ids.slice(0, maximumIds);
  };
}
