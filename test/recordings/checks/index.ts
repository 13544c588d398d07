/** Which check a recording is held to: by its kind, and by its name where a kind holds several things. */
import { expect } from "vitest";
import { matchFault } from "../../../agent/src/probes/support/kernel-log/match-fault.ts";
import { type IndexEntry, indexEntries, textOf } from "../recording-index.ts";
import { type Check, checked, noInput, type Verdict } from "../verdict.ts";
import { lsblkOfTree, sysTextArchive, tarTree, udevDump, udevTextArchive } from "./machines.ts";
import { cpuinfo, findmntOf, mountinfo, osRelease, procFile } from "./proc-files.ts";
import { piDump, piSensors } from "./raspberry-pi.ts";
import { refusedBySmart, smartctlJson, smartctlScan } from "./smartctl.ts";

/** A kind, and what is done with its files. */
interface KindCheck {
  readonly kind: string;
  /** Part of the file's name; the first line that fits counts. */
  readonly name?: RegExp;
  readonly check: Check;
}

/** The check of a recording; undefined for kinds that are not storage, /proc, /sys or a Raspberry Pi. */
export function checkOf(entry: IndexEntry): Check | undefined {
  return checks.find(({ kind, name }) => kind === entry.kind && (name === undefined || name.test(entry.file)))?.check;
}

/** Kinds whose files must all be accounted for. */
export const sweptKinds: RegExp =
  /^(?:smartctl-|nvme-|block-|sys-|udev-|lsblk-|findmnt-|mountinfo$|mounts$|df$|proc|os-release$|pi-|kernel-log$|nvidia-kernel-log$|lspci$|dmidecode$)/;

const because =
  (reason: string): Check =>
  () =>
    noInput(reason);
const noTree = "printed by another program on a machine of which no files were recorded";

const checks: readonly KindCheck[] = [
  { kind: "smartctl-json", check: smartctlJson },
  { kind: "smartctl-scan-json", check: smartctlScan },
  { kind: "smartctl-text", check: refusedBySmart },
  { kind: "nvme-cli-json", check: refusedBySmart },
  { kind: "nvme-sysfs-tree", name: /\.tar/, check: tarTree },
  { kind: "nvme-sysfs-tree", check: because(noTree) },
  { kind: "block-sysfs-tree", check: tarTree },
  { kind: "proc-sys-tree", check: tarTree },
  { kind: "sys-ttar", check: sysTextArchive },
  { kind: "udev-ttar", check: udevTextArchive },
  { kind: "udev-block-json", check: udevDump },
  { kind: "udev-block-text", check: because("udev is asked by its files under /run/udev, not by udevadm") },
  { kind: "lsblk-text", name: /simple-nvme__expected/, check: lsblkOfTree },
  { kind: "lsblk-text", check: because(noTree) },
  { kind: "lsblk-json", check: because(noTree) },
  { kind: "findmnt-json", name: /util-linux/, check: findmntOfUtilLinux },
  { kind: "findmnt-json", check: because(noTree) },
  { kind: "findmnt-text", check: because(noTree) },
  { kind: "mounts", check: because("mounts are read from mountinfo, which also says what is mounted of a filesystem") },
  { kind: "df", check: because("usage is measured by statfs(2)") },
  { kind: "mountinfo", check: mountinfo },
  { kind: "proc", check: procFile },
  { kind: "os-release", check: osRelease },
  { kind: "pi-cpuinfo", check: cpuinfo },
  { kind: "pi-dump", check: piDump },
  { kind: "pi-sensors", check: piSensors },
  { kind: "pi-cgroups", check: because("control groups are what Kubernetes needs; no probe reads them yet") },
  { kind: "pi-lspci", check: because("PCI devices are found in /sys") },
  { kind: "pi-throttled", check: because("vcgencmd is not run; under-voltage is read from the chip rpi_volt") },
  { kind: "kernel-log", check: kernelLog },
  { kind: "nvidia-kernel-log", check: kernelLog },
  { kind: "lspci", check: because("PCI devices are found in /sys") },
  { kind: "dmidecode", check: because("the firmware's tables are read from /sys/class/dmi/id") },
];

async function findmntOfUtilLinux(entry: IndexEntry): Promise<Verdict> {
  const file = indexEntries().find((each) => each.file === "proc/util-linux__mountinfo.txt");
  if (file === undefined) throw new Error("the mountinfo that belongs to it is not there");
  return await findmntOf(file)(entry);
}

/** Ordinary messages mean nothing; every Xid of NVIDIA's driver is a fault, with its number. */
function kernelLog(entry: IndexEntry): Verdict {
  const messages = textOf(entry)
    .split("\n")
    .map((line) => line.replace(/^(?:\S+T\S+ |\[[^\]]*\] |kern\s*:\w+\s*: \[[^\]]*\] )+/, ""));
  for (const message of messages) {
    const xid = /NVRM: Xid \([^)]*\): (\d+)/.exec(message)?.[1];
    const isTrouble = /error|fail|reset|timed? ?out|corrupt/i.test(message);
    const fault = matchFault(message);
    if (xid !== undefined) expect(fault?.code).toMatch(new RegExp(`-${xid}$`));
    else if (!isTrouble) expect(fault, message).toBeUndefined();
  }
  return checked;
}
