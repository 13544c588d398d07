/** Kind operating_system: what runs, since when, and whether it waits for a reboot. */
import type { SubjectValue } from "../../../payload.ts";
import { type HostFiles, lineAt, requiredTextAt, textAt } from "../host-files.ts";
import { integerIn, malformed, numberIn } from "../malformed.ts";
import { cut, printable } from "../printable.ts";
import { sectionOf } from "../section.ts";
import { architectureFiles, architectureOf } from "./architecture.ts";
import { parseOsRelease } from "./os-release.ts";
import { rebootFiles, rebootFolders, rebootRequirementOf } from "./reboot-required.ts";
import type { SystemSection } from "./system-section.ts";
import { furtherVirtualizationFiles, virtualizationFiles, virtualizationFolders, virtualizationOf } from "./virtualization.ts";

const osRelease = "/etc/os-release";
const vendorOsRelease = "/usr/lib/os-release";
const kernelHostname = "/proc/sys/kernel/hostname";
const staticHostname = "/etc/hostname";
const machineId = "/etc/machine-id";
const bootId = "/proc/sys/kernel/random/boot_id";
const kernelRelease = "/proc/sys/kernel/osrelease";

/** In seconds. */
const uptimes = { minimum: 0, maximum: 1e11 };

/** The section. */
export const operatingSystem: SystemSection = {
  inventory: "operating_system",
  folders: (isResting) => [...rebootFolders, ...(isResting ? [] : virtualizationFolders)],
  files: (host, isResting) => [
    ...hostnameFiles(host),
    "/proc/uptime",
    "/proc/stat",
    ...(isResting ? [] : [osRelease, machineId, bootId, kernelRelease, ...architectureFiles, ...virtualizationFiles]),
  ],
  furtherFiles: (read, isResting) => [
    ...rebootFiles(read),
    ...(!isResting && read.files.get(osRelease)?.outcome === "absent" ? [vendorOsRelease] : []),
    ...(isResting ? [] : furtherVirtualizationFiles(read)),
  ],
  parse: (files, isResting) => [
    sectionOf("operating_system", "", () => ({
      value: {
        hostname: cut(lineAt(files, kernelHostname) || lineAt(files, staticHostname), 253),
        ...rebootRequirementOf(files),
        ...(isResting ? {} : inventoryOf(files)),
      },
      samples: {
        uptime_seconds: numberIn("/proc/uptime", "the first word", requiredTextAt(files, "/proc/uptime").split(" ")[0], uptimes),
        processes_running: countIn(files, "procs_running"),
        processes_blocked: countIn(files, "procs_blocked"),
      },
    })),
  ],
};

/** The kernel's host name is that of the reader's own UTS namespace: in a container it would be the pod's, so the host's file is read. */
function hostnameFiles({ root, isLive }: { readonly root: string; readonly isLive: boolean }): readonly string[] {
  if (!isLive) return [kernelHostname, staticHostname];
  return root === "/" ? [kernelHostname] : [staticHostname];
}

function inventoryOf(files: HostFiles): SubjectValue<"operating_system"> {
  return {
    ...distributionOf(files),
    kernelRelease: printable(requiredTextAt(files, kernelRelease).trim(), 128),
    architecture: cut(architectureOf(files), 32),
    machineId: machineIdOf(files),
    bootId: idIn(bootId, requiredTextAt(files, bootId)),
    virtualization: virtualizationOf(files),
  };
}

/** Nothing is known of a system without os-release. */
function distributionOf(files: HostFiles): { readonly id: string; readonly versionId: string; readonly prettyName: string } {
  const path = textAt(files, osRelease) === undefined ? vendorOsRelease : osRelease;
  const text = textAt(files, path);
  if (text === undefined) return { id: "", versionId: "", prettyName: "" };
  const assignments = parseOsRelease(text);
  if (assignments.size === 0) throw malformed(path, "no line of it is an assignment", text);
  const field = (name: string, bytes: number): string => printable(assignments.get(name) ?? "", bytes);
  return { id: field("ID", 64), versionId: field("VERSION_ID", 64), prettyName: field("PRETTY_NAME", 256) };
}

/** Empty where the machine has none (yet): systemd writes "uninitialized" before the first boot. */
function machineIdOf(files: HostFiles): string {
  const text = textAt(files, machineId)?.trim() ?? "";
  return text === "" || text === "uninitialized" ? "" : idIn(machineId, text);
}

/** 32 hexadecimal digits, with or without dashes. */
function idIn(path: string, text: string): string {
  const id = text.trim();
  if (!/^[0-9a-f-]{32,36}$/.test(id)) throw malformed(path, "it is not an id of 128 bits", id);
  return id;
}

function countIn(files: HostFiles, name: string): number {
  const text = new RegExp(`^${name} (.*)$`, "m").exec(requiredTextAt(files, "/proc/stat"))?.[1];
  return integerIn("/proc/stat", name, text);
}
