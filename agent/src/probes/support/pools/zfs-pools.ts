/** Imported ZFS pools and their state. Source: /proc/spl/kstat/zfs/<pool>/state, which the module answers even while a pool is suspended. */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile, readNames, requiredValue } from "../../../host/reading.ts";
import { failedSubject, okSubject } from "../../../payload.ts";
import { limitId } from "../block/identity.ts";
import { malformed } from "../malformed.ts";
import { printable } from "../printable.ts";
import type { Section } from "../section.ts";

/** One pool. */
export interface RawZfsPool {
  readonly name: string;
  readonly state: Reading;
}

const root = "/proc/spl/kstat/zfs";
const maximumNames = 512;

/** Reads all; absent where ZFS is not loaded. */
export async function readZfs(host: Host): Promise<Reading<readonly RawZfsPool[]>> {
  const names = await readNames(host, root);
  if (names.outcome !== "ok") return names;
  const readState = async (name: string): Promise<RawZfsPool> => ({
    name,
    state: await readFile(host, `${root}/${name}/state`),
  });
  const pools = await Promise.all(names.value.slice(0, maximumNames).map(readState));
  // Beside the folders of the pools lie files with statistics of the whole module, in which there is no file `state`.
  return { outcome: "ok", path: root, value: pools.filter(({ state }) => state.outcome !== "absent") };
}

/** Each as a subject of its own. Throws where they could not be listed. */
export function zfsSections(raw: Reading<readonly RawZfsPool[]>): readonly Section[] {
  return (optionalValue(raw) ?? []).map(({ name, state }) => {
    const id = limitId(`zfs/${name}`);
    try {
      const value = { type: "zfs", name: printable(name), state: stateOf(state) };
      return { subject: okSubject("storage_pool", id, value), samples: [] };
    } catch (thrown) {
      return { subject: failedSubject("storage_pool", id, AppError.from(thrown)), samples: [] };
    }
  });
}

/** ONLINE, DEGRADED, FAULTED, OFFLINE, REMOVED, UNAVAIL, SUSPENDED. */
function stateOf(reading: Reading): string {
  const word = requiredValue(reading).trim();
  if (!/^[A-Z]{2,32}$/.test(word)) throw malformed(reading.path, "no state of a pool", word);
  return word.toLowerCase();
}
