/** The kind of virtual machine or container that a system runs in, in the words of systemd-detect-virt(1). */
import { type HostFiles, lineAt, namesAt, pathsIn, textAt, textIn } from "../host-files.ts";
import { dmiField, dmiFiles, dmiFolder } from "./dmi.ts";

const clockSources = "/sys/devices/system/clocksource/clocksource0/available_clocksource";

/** Where the kind stands. */
export const virtualizationFiles: readonly string[] = [
  "/run/systemd/container",
  "/.dockerenv",
  "/proc/sys/kernel/osrelease",
  "/proc/cpuinfo",
  clockSources,
];

/** What is listed for it. */
export const virtualizationFolders: readonly string[] = ["/run", "/sys/hypervisor", dmiFolder];

/** Where it stands on some machines. */
export function furtherVirtualizationFiles(listed: HostFiles): readonly string[] {
  return [...dmiFiles(listed), ...pathsIn(listed, "/sys/hypervisor", ["type"])];
}

/** The innermost kind: a container before the machine that it runs in. Empty on bare metal. */
export function virtualizationOf(files: HostFiles): string {
  return containerOf(files) ?? firmwareKindOf(files) ?? processorKindOf(files) ?? "";
}

function containerOf(files: HostFiles): string | undefined {
  const said = lineAt(files, "/run/systemd/container");
  if (/^[\w-]{1,32}$/.test(said)) return said;
  if (namesAt(files, "/run").includes(".containerenv")) return "podman";
  if (textAt(files, "/.dockerenv") !== undefined) return "docker";
  return /microsoft/i.test(lineAt(files, "/proc/sys/kernel/osrelease")) ? "wsl" : undefined;
}

function firmwareKindOf(files: HostFiles): string | undefined {
  const fields = ["product_name", "sys_vendor", "board_vendor", "bios_vendor"].map((name) => dmiField(files, name) ?? "");
  const kind = firmwareKinds.find(([words]) => fields.some((field) => words.test(field)))?.[1];
  return kind === "qemu" && hasKvmClock(files) ? "kvm" : kind;
}

/** Begin of a vendor's or product's name, as systemd has them. */
const firmwareKinds: readonly (readonly [RegExp, string])[] = [
  [/^KVM/, "kvm"],
  [/^OpenStack/, "kvm"],
  [/^KubeVirt/, "kvm"],
  [/^Amazon EC2/, "amazon"],
  [/^QEMU/, "qemu"],
  [/^(?:VMware|VMW)/, "vmware"],
  [/^(?:innotek GmbH|VirtualBox)/, "oracle"],
  [/^Xen/, "xen"],
  [/^Bochs/, "bochs"],
  [/^Parallels/, "parallels"],
  [/^BHYVE/, "bhyve"],
  [/^(?:Hyper-V|Virtual Machine$)/, "microsoft"],
  [/^Apple Virtualization/, "apple"],
  [/^Google Compute Engine/, "google"],
];

function processorKindOf(files: HostFiles): string | undefined {
  if (textIn(files, "/sys/hypervisor", "type")?.trim() === "xen") return "xen";
  if (!/^flags\s*:.*\bhypervisor\b/m.test(textAt(files, "/proc/cpuinfo") ?? "")) return undefined;
  return hasKvmClock(files) ? "kvm" : "vm-other";
}

function hasKvmClock(files: HostFiles): boolean {
  return lineAt(files, clockSources).split(" ").includes("kvm-clock");
}
