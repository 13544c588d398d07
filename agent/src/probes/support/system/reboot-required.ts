/** Whether installed updates wait for a reboot, as Debian and Ubuntu say it. */
import { type HostFiles, namesAt, pathsIn, textIn } from "../host-files.ts";
import { printable } from "../printable.ts";

const flag = "reboot-required";
const packageList = "reboot-required.pkgs";

/** Who sets the flag leaves a hook here. */
const kernelHooks = "/etc/kernel/postinst.d";

/** What is listed. */
export const rebootFolders: readonly string[] = ["/run", kernelHooks];

/** What is read where it is there. */
export function rebootFiles(listed: HostFiles): readonly string[] {
  return pathsIn(listed, "/run", [packageList]);
}

/** At most so many packages are named. */
const maximumPackages = 64;

/** As the fields of OperatingSystem. Without anyone who would set the flag, its absence says nothing. */
export function rebootRequirementOf(files: HostFiles): {
  readonly isRebootRequired: boolean | undefined;
  readonly rebootRequiredPackages: string[];
} {
  if (namesAt(files, "/run").includes(flag)) {
    const packages = (textIn(files, "/run", packageList) ?? "").split("\n").map((line) => printable(line.trim()));
    const named = [...new Set(packages)].filter((name) => name !== "").sort();
    return { isRebootRequired: true, rebootRequiredPackages: named.slice(0, maximumPackages) };
  }
  const hasSetter = namesAt(files, kernelHooks).some((name) => setters.has(name));
  return { isRebootRequired: hasSetter ? false : undefined, rebootRequiredPackages: [] };
}

const setters = new Set(["update-notifier", "unattended-upgrades", "reboot-notifier"]);
