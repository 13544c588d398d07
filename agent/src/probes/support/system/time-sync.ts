/** Kind time_sync: whether somebody keeps the clock right. */
import { type HostFiles, lineAt, namesAt } from "../host-files.ts";
import { sectionOf } from "../section.ts";
import type { SystemSection } from "./system-section.ts";

const timesyncd = "/run/systemd/timesync";
const clockSource = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

/** The section. */
export const timeSync: SystemSection = {
  folders: ["/run", timesyncd],
  files: () => [clockSource],
  furtherFiles: (listed) => (isChronyThere(listed) ? [chronydPid] : []),
  parse: (files) => [
    sectionOf("time_sync", "", () => ({ value: { ...serviceOf(files), clockSource: lineAt(files, clockSource) } })),
  ],
};

const chronydPid = "/run/chrony/chronyd.pid";

/** The folder stays behind when chronyd was stopped; its file goes. */
function isChronyThere(listed: HostFiles): boolean {
  const run = listed.folders.get("/run");
  return run?.outcome === "ok" && run.value.includes("chrony");
}

/** Only systemd-timesyncd leaves a file that says whether it is in step; chrony and ntpd would have to be asked by their own protocols. */
function serviceOf(files: HostFiles): { readonly service: string; readonly isSynchronized: boolean | undefined } {
  const run = namesAt(files, "/run");
  const isInStep = namesAt(files, timesyncd).includes("synchronized"); // touched at each synchronisation, systemd-timesyncd.service(8)
  if (isInStep) return { service: "systemd-timesyncd", isSynchronized: true };
  if (isChronydRunning(files)) return { service: "chrony", isSynchronized: undefined };
  if (run.includes("ntpd.pid")) return { service: "ntp", isSynchronized: undefined };
  const isTimesyncd = files.folders.get(timesyncd)?.outcome === "ok";
  return isTimesyncd ? { service: "systemd-timesyncd", isSynchronized: false } : { service: "", isSynchronized: undefined };
}

/** chrony keeps its folder to itself: being refused is an answer, too. */
function isChronydRunning(files: HostFiles): boolean {
  const reading = files.files.get(chronydPid);
  return reading !== undefined && reading.outcome !== "absent";
}
