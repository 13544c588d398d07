/** Power supplies as the kernel lists them (kernel documentation, sysfs-class-power). */
import { type HostFiles, lineAt, textAt } from "../host-files.ts";

const folder = "/sys/class/power_supply";

/** What is listed. */
export const powerSupplyFolder: string = folder;

/** One supply: its properties without the prefix POWER_SUPPLY_, e.g. STATUS. */
export type PowerSupply = ReadonlyMap<string, string>;

/** The files of each supply that say all of it; the type stands in uevent only on newer kernels. */
export function powerSupplyFiles(listed: HostFiles): readonly string[] {
  return foldersIn(listed).flatMap((supply) => [`${supply}/uevent`, `${supply}/type`]);
}

/** The supplies of the machine itself; a mouse has a battery, too, with the scope "Device". Throws where one could not be read. */
export function powerSuppliesIn(files: HostFiles): readonly PowerSupply[] {
  return foldersIn(files)
    .map((supply) => propertiesIn(textAt(files, `${supply}/uevent`) ?? "", lineAt(files, `${supply}/type`)))
    .filter((supply) => supply.get("SCOPE") !== "Device");
}

/** True when one of the supplies is known to be a battery, even when another could not be read. */
export function hasBattery({ files }: HostFiles): boolean {
  return [...files.values()].some((reading) => reading.outcome === "ok" && batteryType.test(`${reading.path}=${reading.value}`));
}

const batteryType = /^\/sys\/class\/power_supply\/[^/]+\/type=Battery\n?$/;

function foldersIn({ folders }: HostFiles): readonly string[] {
  const names = folders.get(folder);
  return names?.outcome === "ok" ? names.value.map((name) => `${folder}/${name}`) : [];
}

function propertiesIn(text: string, type: string): PowerSupply {
  const properties = [...text.matchAll(/^POWER_SUPPLY_(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const);
  return new Map([...properties, ["TYPE", type]]);
}
