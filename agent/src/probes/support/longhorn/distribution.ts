/** What a distribution calls the packages that Longhorn needs, and how it installs them. One that we do not know is no failure. */
import type { Reading } from "../../../host/reading.ts";
import { parseOsRelease } from "../system/os-release.ts";

/** Families of distributions, by their package manager. */
export type Distribution = "apt" | "dnf" | "zypper" | "pacman" | "apk" | "unknown";

/** By ID and ID_LIKE of os-release. */
export function distributionOf(osRelease: Reading): Distribution {
  const names = osRelease.outcome === "ok" ? parseOsRelease(osRelease.value) : new Map<string, string>();
  const words = [names.get("ID") ?? "", ...(names.get("ID_LIKE") ?? "").split(" ")];
  return words.map((word) => families.get(word)).find((family) => family !== undefined) ?? "unknown";
}

/** What a check looks for, by its id. */
export type NeededPackage = "open-iscsi" | "nfs-client" | "cryptsetup" | "dmsetup";

/** The command that installs it. */
export function installCommand(id: NeededPackage, distribution: Distribution): string {
  const command = commands[distribution];
  return command === undefined
    ? `Install the package that brings ${programs[id]}.`
    : `${command} ${packages[id][distribution] ?? id}`;
}

const families: ReadonlyMap<string, Distribution> = new Map([
  ["debian", "apt"],
  ["ubuntu", "apt"],
  ["raspbian", "apt"],
  ["fedora", "dnf"],
  ["rhel", "dnf"],
  ["centos", "dnf"],
  ["ol", "dnf"],
  ["amzn", "dnf"],
  ["suse", "zypper"],
  ["opensuse", "zypper"],
  ["sles", "zypper"],
  ["arch", "pacman"],
  ["alpine", "apk"],
]);

const commands: Readonly<Partial<Record<Distribution, string>>> = {
  apt: "apt install -y",
  dnf: "dnf install -y",
  zypper: "zypper install -y",
  pacman: "pacman -S --noconfirm",
  apk: "apk add",
};

const packages: Readonly<Record<NeededPackage, Readonly<Partial<Record<Distribution, string>>>>> = {
  "open-iscsi": { dnf: "iscsi-initiator-utils" },
  "nfs-client": { apt: "nfs-common", dnf: "nfs-utils", pacman: "nfs-utils", apk: "nfs-utils" },
  cryptsetup: {},
  dmsetup: { dnf: "device-mapper", zypper: "device-mapper", pacman: "device-mapper", apk: "device-mapper" },
};

const programs: Readonly<Record<NeededPackage, string>> = {
  "open-iscsi": "iscsiadm",
  "nfs-client": "mount.nfs",
  cryptsetup: "cryptsetup",
  dmsetup: "dmsetup",
};
