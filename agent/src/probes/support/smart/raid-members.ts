/**
 * Disks behind a RAID controller that shows only the volumes it makes of them. smartctl lists those of MegaRAID (driver megaraid_sas: Broadcom,
 * Dell PERC, Lenovo, Intel); members of other controllers (hpsa, aacraid, 3w-*, arcmsr) it reaches only by numbers that nobody tells, and
 * trying numbers is not reading.
 *
 * The list comes from `smartctl --scan`, not `--scan-open`: that would open every disk of the machine, and asks each which type it is, which
 * can wake it. `--scan` looks at names and asks the controller for its list, so it may run each time.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readNames } from "../../../host/reading.ts";
import { textOf as fileText } from "../block/file-values.ts";
import { at, elementsOf, textOf } from "../document-values.ts";
import { parseExactJson } from "./exact-json.ts";

/** A disk behind a controller: one of several of the same name. */
export interface RaidMember {
  /** e.g. /dev/bus/0. */
  readonly device: string;
  /** e.g. "megaraid,3". */
  readonly deviceType: string;
}

/** SCSI hosts; the number is the bus in smartctl's names. */
const hostsFolder = "/sys/class/scsi_host";
const listedDrivers: readonly string[] = ["megaraid_sas"];
const timeoutMs = 20_000;
const maximumMembers = 256;

/** Nothing from a device's or smartctl's words becomes an argument unless it has these forms. */
const deviceForm = /^\/dev\/bus\/\d{1,3}$/;
const typeForm = /^(?:sat\+)?megaraid,\d{1,3}$/;

/** The members of all controllers; absent where there is no such controller. Nothing is run then. */
export async function readRaidMembers(host: Host, signal: AbortSignal): Promise<Reading<readonly RaidMember[]>> {
  const names = await readNames(host, hostsFolder);
  if (names.outcome !== "ok") return names;
  const drivers = await Promise.all(names.value.map((name) => readFile(host, `${hostsFolder}/${name}/proc_name`)));
  if (!drivers.some((driver) => listedDrivers.includes(fileText(driver) ?? ""))) return { outcome: "absent", path: hostsFolder };
  try {
    const { stdout } = await host.run("smartctl", ["--scan", "--json=c"], { timeoutMs, signal });
    return { outcome: "ok", path: hostsFolder, value: raidMembersIn(stdout) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { outcome: "failed", path: hostsFolder, error: AppError.from(thrown, "HOST_COMMAND_FAILED") };
  }
}

/** The members in the text of a scan. Its other devices are known by sysfs already. Throws HOST_ANSWER_MALFORMED. */
export function raidMembersIn(text: string): readonly RaidMember[] {
  const devices = elementsOf(at(parseExactJson(text, "smartctl's list of devices"), "devices"));
  const members = devices.map((entry) => ({ device: textOf(at(entry, "name")), deviceType: textOf(at(entry, "type")) }));
  const named = members.filter(({ device, deviceType }) => deviceForm.test(device) && typeForm.test(deviceType));
  const distinct = new Map(named.map((member) => [memberKey(member), member]));
  return [...distinct.values()].slice(0, maximumMembers);
}

/** Name and type together: the name alone is the controller's. */
export function memberKey({ device, deviceType }: RaidMember): string {
  return `${device} ${deviceType}`;
}
