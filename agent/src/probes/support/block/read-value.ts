/** One attribute of sysfs as a reading. */
import type { Host } from "../../../host/host.ts";
import { errnoOf } from "../../../host/host-error.ts";
import { type Reading, readFile } from "../../../host/reading.ts";

/** Errors by which the kernel says that a file of sysfs has no value: the device was asked and names none. */
const noValueErrors: readonly string[] = ["ENXIO", "EINVAL", "ENODATA", "EOPNOTSUPP"];

/** A file of sysfs; one that answers that it has no value counts as not there. */
export async function readValue(host: Host, path: string): Promise<Reading> {
  const reading = await readFile(host, path);
  const hasNoValue = reading.outcome === "failed" && noValueErrors.includes(errnoOf(reading.error) ?? "");
  return hasNoValue ? { outcome: "absent", path } : reading;
}

/** Files of one folder by name. */
export async function readValues(
  host: Host,
  folder: string,
  names: readonly string[],
): Promise<Readonly<Record<string, Reading>>> {
  const readings = names.map(async (name) => [name, await readValue(host, `${folder}/${name}`)] as const);
  return Object.fromEntries(await Promise.all(readings));
}
