/** Kind time_sync: whether somebody keeps the clock right. */
import { type HostFiles, lineAt, textAt } from "../host-files.ts";
import { sectionOf } from "../section.ts";
import type { SystemSection } from "./system-section.ts";

const timesyncd = "/run/systemd/timesync";
/** Touched by systemd-timesyncd at each synchronisation (systemd-timesyncd.service(8)). */
const synchronized = `${timesyncd}/synchronized`;
const chronydPid = "/run/chrony/chronyd.pid";
const ntpdPid = "/run/ntpd.pid";
const clockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/** The section. */
export const timeSync: SystemSection = {
  folders: [timesyncd],
  files: () => [synchronized, chronydPid, ntpdPid, clockSource],
  parse: (files) => [
    sectionOf("time_sync", "", () => ({ value: { ...serviceOf(files), clockSource: lineAt(files, clockSource) } })),
  ],
};

/** Only systemd-timesyncd leaves a file that says whether it is in step; chrony and ntpd would have to be asked by their own protocols. */
function serviceOf(files: HostFiles): { readonly service: string; readonly isSynchronized: boolean | undefined } {
  if (textAt(files, synchronized) !== undefined) return { service: "systemd-timesyncd", isSynchronized: true };
  if (isThere(files, chronydPid)) return { service: "chrony", isSynchronized: undefined };
  if (isThere(files, ntpdPid)) return { service: "ntp", isSynchronized: undefined };
  const isTimesyncd = files.folders.get(timesyncd)?.outcome !== "absent" && files.folders.has(timesyncd);
  return isTimesyncd ? { service: "systemd-timesyncd", isSynchronized: false } : { service: "", isSynchronized: undefined };
}

/** chrony keeps its folder to itself: being refused is an answer, too. */
function isThere(files: HostFiles, path: string): boolean {
  const reading = files.files.get(path);
  return reading !== undefined && reading.outcome !== "absent";
}
