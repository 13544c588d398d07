/**
 * How often the drivers of GPUs are in use: /sys/module/<driver>/refcnt, which every open device file raises by one (the kernel's try_module_get
 * in cdev_open and drm_stub_open). Reading it asks nothing but the kernel's memory. It does not say who.
 */
import type { Host } from "../../../host/host.ts";
import { readFile, readNames } from "../../../host/reading.ts";
import { integerOf } from "../block/file-values.ts";

/** By driver; one that does not tell is left out. */
export type DriverUse = ReadonlyMap<string, number>;

const gpuDrivers: readonly string[] = ["nvidia", "nouveau", "amdgpu", "radeon", "i915", "xe", "v3d"];

/** Those of the drivers that are loaded as modules. */
export async function findDrivers(host: Host): Promise<readonly string[]> {
  const modules = await readNames(host, "/sys/module");
  return modules.outcome === "ok" ? gpuDrivers.filter((name) => modules.value.includes(name)) : [];
}

/** The use of some drivers. One that is built into the kernel has no such count. */
export async function readDriverUse(host: Host, drivers: readonly string[]): Promise<DriverUse> {
  const use = new Map<string, number>();
  for (const driver of drivers) {
    const count = integerOf(await readFile(host, `/sys/module/${driver}/refcnt`), 0, 2 ** 31);
    if (count !== undefined) use.set(driver, count);
  }
  return use;
}

/** Whether any is used more than before. */
export function hasRisen(before: DriverUse, now: DriverUse): boolean {
  return [...now].some(([driver, count]) => count > (before.get(driver) ?? count));
}
