/** Whether a unit is started at boot: by the links that `systemctl enable` makes (systemctl(1)). */
import type { Host } from "../../../host/host.ts";
import { readNames } from "../../../host/reading.ts";

/** Undefined where the links could not be looked for. */
export async function isUnitEnabled(host: Host, name: string): Promise<boolean | undefined> {
  const folders = await Promise.all(wantsFolders.map((folder) => readNames(host, folder)));
  if (folders.some((names) => names.outcome === "ok" && names.value.includes(name))) return true;
  const isAbsent = folders.every(({ outcome }) => outcome === "absent");
  return isAbsent || folders.some(({ outcome }) => outcome === "failed") ? undefined : false;
}

/** Targets that services are installed for. */
const wantsFolders: readonly string[] = ["default", "multi-user", "graphical"].map(
  (target) => `/etc/systemd/system/${target}.target.wants`,
);
