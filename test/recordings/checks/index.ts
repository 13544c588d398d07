/** Which check a recording is held to: by its kind, and by its name where a kind holds several things. */
import { expect } from "vitest";
import { matchFault } from "../../../agent/src/probes/support/kernel-log/match-fault.ts";
import { type IndexEntry, indexEntries, textOf } from "../recording-index.ts";
import { type Check, checked, noInput, type Verdict } from "../verdict.ts";
import { lsblkOfTree, sysTextArchive, tarTree, udevDump, udevTextArchive } from "./machines.ts";
import { smiError, smiXml } from "./nvidia-smi.ts";
import { ollamaPs, ollamaTags, ollamaVersion } from "./ollama.ts";
import { cpuinfo, findmntOf, mountinfo, osRelease, procFile } from "./proc-files.ts";
import { piCgroups, piDump, piLspci, piSensors, piThrottled } from "./raspberry-pi.ts";
import { refusedBySmart, smartctlJson, smartctlScan } from "./smartctl.ts";
import { noStatus, refusedByDaemon, tailscalePeer, tailscalePing, tailscaleStatus } from "./tailscale.ts";

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
  /^(?:smartctl-|nvme-|block-|sys-|udev-|lsblk-|findmnt-|mountinfo$|mounts$|df$|proc|os-release$|pi-|kernel-log$|nvidia-kernel-log$|nvidia-smi-|container-info$|nvtop-json$|lspci$|dmidecode$|ollama-|tailscale-)/;

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
  { kind: "pi-cgroups", check: piCgroups },
  { kind: "pi-lspci", check: piLspci },
  { kind: "pi-throttled", check: piThrottled },
  { kind: "kernel-log", check: kernelLog },
  { kind: "nvidia-kernel-log", check: kernelLog },
  { kind: "nvidia-smi-xml", check: smiXml },
  { kind: "nvidia-smi-error", check: smiError },
  { kind: "nvidia-smi-text", check: because("nvidia-smi is asked for XML: its text is for people, and changes with them") },
  { kind: "nvidia-smi-capture", check: because("its text, its tables and its version, and no XML among them") },
  {
    kind: "nvidia-smi-csv",
    check: because("nvidia-smi is asked for XML, which also tells processes, instances and what limits clocks"),
  },
  {
    kind: "container-info",
    check: because("a container engine's own settings: which GPUs there are is asked of the bus and of the driver"),
  },
  { kind: "nvtop-json", check: because("nvtop is not run: it reads what we read") },
  { kind: "lspci", check: because("PCI devices are found in /sys") },
  { kind: "ollama-version", check: ollamaVersion },
  { kind: "ollama-tags", check: ollamaTags },
  { kind: "ollama-ps", check: ollamaPs },
  { kind: "ollama-recording", check: because("a talk with a model: the probe asks for no answer of one, which would load it") },
  { kind: "tailscale-status", check: tailscaleStatus },
  { kind: "tailscale-peer", check: tailscalePeer },
  { kind: "tailscale-localapi", name: /ping/, check: tailscalePing },
  { kind: "tailscale-localapi", check: noStatus },
  { kind: "tailscale-prefs", check: noStatus },
  { kind: "tailscale-error", check: refusedByDaemon },
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
