/**
 * The files of a unit, as systemd finds them. Source: systemd.unit(5): of two files with one name the one in the folder that comes first counts;
 * drop-ins are read in the order of their names; a link to /dev/null masks.
 */
import type { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { optionalValue, type Reading, readFile, readNames } from "../../../host/reading.ts";

/** Which units there are, by the names of their files. */
export interface InstalledUnits {
  readonly names: ReadonlySet<string>;
  /** Why one may be missing here. */
  readonly unread: AppError | undefined;
}

/** Where units lie; the first that has one counts. */
const unitFolders: readonly string[] = [
  "/run/systemd/transient",
  "/etc/systemd/system",
  "/run/systemd/system",
  "/run/systemd/generator",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** Lists them, at the cost of one call for each folder. */
export async function listUnits(host: Host): Promise<InstalledUnits> {
  const folders = await Promise.all(unitFolders.map((folder) => readNames(host, folder)));
  const unread = folders.find((names) => names.outcome === "failed");
  return {
    names: new Set(folders.flatMap((names) => (names.outcome === "ok" ? names.value : []))),
    unread: unread?.error,
  };
}

/**
 * The unit file, then its drop-ins, of each what `keep` leaves; undefined where there is none of this name, or it is masked. Throws what keeps it
 * from being found; a drop-in that cannot be read is handed on as failed.
 */
export async function readUnit(
  host: Host,
  name: string,
  keep: (text: string) => string,
): Promise<readonly Reading[] | undefined> {
  const options = { keep: (text: string): string => (text.trim() === "" ? "" : keep(text)) };
  for (const folder of unitFolders) {
    const value = optionalValue(await readFile(host, `${folder}/${name}`, options));
    if (value === undefined) continue;
    if (value === "") return undefined;
    const paths = await dropInPaths(host, name);
    const dropIns = await Promise.all(paths.map((path) => readFile(host, path, options)));
    return [{ outcome: "ok", path: `${folder}/${name}`, value }, ...dropIns];
  }
  return undefined;
}

const maximumDropIns = 32;

/** One path for each name, from the folder that comes first. */
async function dropInPaths(host: Host, name: string): Promise<readonly string[]> {
  const folders = unitFolders.map((folder) => `${folder}/${name}.d`);
  const listings = await Promise.all(folders.map((folder) => readNames(host, folder)));
  const byName = new Map<string, string>();
  listings.forEach((listing, index) => {
    for (const file of optionalValue(listing) ?? []) {
      if (file.endsWith(".conf") && !byName.has(file)) byName.set(file, `${folders[index]}/${file}`);
    }
  });
  const sorted = [...byName].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.slice(0, maximumDropIns).map(([, path]) => path);
}
