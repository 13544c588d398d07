/** Which devices stand on a device or partition: its `slaves` the other way round, so that not every folder `holders` must be listed. */
import type { RawBlockDevice } from "./raw-block-device.ts";

/** Names of the devices that stand on a device or partition, sorted, by its name. */
export function holdersByName(devices: readonly RawBlockDevice[]): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>();
  for (const { name, slaves } of devices) {
    for (const slave of slaves) {
      const known = holders.get(slave);
      if (known === undefined) holders.set(slave, [name]);
      else known.push(name);
    }
  }
  for (const names of holders.values()) names.sort();
  return holders;
}
