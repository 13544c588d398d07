/** Which service keeps the clock, and what its files say of it. */
import { type HostFiles, namesAt } from "../host-files.ts";

/** What runs, as far as files tell. */
export interface TimeService {
  /** systemd-timesyncd, chrony, ntp; empty where none was found. */
  readonly name: string;
  /** What its files say; undefined where it must be asked. */
  readonly isSynchronized: boolean | undefined;
  /** False where the file that would tell could not be looked at. */
  readonly isCertain: boolean;
}

const timesyncd = "/run/systemd/timesync";
const chronydPid = "/run/chrony/chronyd.pid";

/** What is listed. */
export const timeServiceFolders: readonly string[] = ["/run", timesyncd];

/** chronyd leaves its folder behind when it is stopped; its file goes. */
export function timeServiceFiles({ folders }: HostFiles): readonly string[] {
  const run = folders.get("/run");
  return run?.outcome === "ok" && run.value.includes("chrony") ? [chronydPid] : [];
}

/** Throws where /run could not be listed. */
export function timeServiceIn(files: HostFiles): TimeService {
  const run = namesAt(files, "/run");
  const said = namesAt(files, timesyncd);
  // Touched at each synchronisation, systemd-timesyncd.service(8).
  if (said.includes("synchronized")) return { name: "systemd-timesyncd", isSynchronized: true, isCertain: true };
  const chronyd = files.files.get(chronydPid)?.outcome ?? "absent";
  if (chronyd !== "absent" || run.includes("chronyd.pid")) {
    return { name: "chrony", isSynchronized: undefined, isCertain: chronyd !== "failed" };
  }
  // ntpd and ntpsec; they would have to be asked by their own protocol.
  if (run.includes("ntpd.pid")) return { name: "ntp", isSynchronized: undefined, isCertain: true };
  const isTimesyncd = files.folders.get(timesyncd)?.outcome === "ok";
  return isTimesyncd
    ? { name: "systemd-timesyncd", isSynchronized: false, isCertain: true }
    : { name: "", isSynchronized: undefined, isCertain: true };
}
