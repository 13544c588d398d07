/**
 * Programs that Longhorn calls on the host. Not by packages, whose names and databases differ: by the programs themselves, as longhornctl does on
 * systems that cannot be changed (pkg/local/preflight/packagemanager/binary.go) and as longhorn-manager does since 1.12.
 */
import { AppError } from "@nodekeeper/shared";
import type { Host } from "../../../host/host.ts";
import { type Reading, readNames } from "../../../host/reading.ts";
import { type Distribution, installCommand } from "./distribution.ts";
import { broken, type Check, fine } from "./longhorn-check.ts";

/** Looks for the programs. */
export async function readProgramChecks(host: Host, distribution: Distribution): Promise<readonly Check[]> {
  const folders = await Promise.all(programFolders.map((folder) => readNames(host, folder)));
  return needed.map(({ id, programs, purpose }) => ({
    id,
    judge: () => {
      const found = programs.find((program) => isIn(folders, program));
      if (found !== undefined) return fine(`${found} is installed`);
      throwIfUnread(folders);
      return broken(`${programs[0]} is not installed: ${purpose}`, installCommand(id, distribution));
    },
  }));
}

const programFolders: readonly string[] = [
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/usr/local/sbin",
  "/usr/local/bin",
  "/run/current-system/sw/bin", // NixOS
];

const needed = [
  { id: "open-iscsi", programs: ["iscsiadm"], purpose: "no volume can be attached to this node" },
  {
    id: "nfs-client",
    programs: ["mount.nfs4", "mount.nfs"],
    purpose: "neither volumes for many writers nor backups over NFS work",
  },
  { id: "cryptsetup", programs: ["cryptsetup"], purpose: "encrypted volumes do not work" },
  { id: "dmsetup", programs: ["dmsetup"], purpose: "encrypted volumes do not work" },
] as const;

function isIn(folders: readonly Reading<readonly string[]>[], program: string): boolean {
  return folders.some((names) => names.outcome === "ok" && names.value.includes(program));
}

/** What was not found proves nothing where a folder could not be looked into, or none is there. */
function throwIfUnread(folders: readonly Reading<readonly string[]>[]): void {
  for (const names of folders) if (names.outcome === "failed") throw names.error;
  if (folders.every(({ outcome }) => outcome === "absent")) {
    throw new AppError("HOST_FILE_MISSING", `there is no folder of programs: ${programFolders.slice(0, 4).join(", ")}`);
  }
}
