/** What is read of a member of an array of the md driver. Source: /sys/block/<array>/md/dev-<member>. */
import type { Host } from "../../../host/host.ts";
import type { Reading } from "../../../host/reading.ts";
import { readValue } from "../block/read-value.ts";

/** One folder dev-<name>. */
export interface RawRaidMember {
  /** Name of the device or partition, e.g. sda1. */
  readonly name: string;
  /** `state`: in_sync, faulty, spare …, several parted by commas. */
  readonly state: Reading;
  /** `errors`: read errors that were corrected from the other members. */
  readonly errors: Reading;
}

/** An array that anyone has is smaller. */
const maximumMembers = 256;

/** Reads the members among the names in the folder `md` of an array. */
export function readRaidMembers(host: Host, folder: string, names: readonly string[]): Promise<readonly RawRaidMember[]> {
  const members = names.filter((name) => name.startsWith("dev-")).slice(0, maximumMembers);
  return Promise.all(
    members.map(async (member) => ({
      name: member.slice("dev-".length).replaceAll("!", "/"), // sysfs writes a slash in a name as "!"
      state: await readValue(host, `${folder}/${member}/state`),
      errors: await readValue(host, `${folder}/${member}/errors`),
    })),
  );
}
