/**
 * The recorded Raspberry Pi as a machine that joins a cluster: a folder that the built agent reads by --host-root and of which it reports by the token of
 * its pod. It can be made ill in the ways in which machines at home are, and mended.
 */
import { appendFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { agentBundle } from "../durability/agent-process.ts";
import { createProgram, type Program } from "../durability/program.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { createNode } from "../kubernetes/cluster-objects.ts";
import type { House } from "../kubernetes/house.ts";

/** What it is made of. */
export interface PiOptions {
  readonly name: string;
  /** 32 hex digits. */
  readonly machineId: string;
  /** Where its files lie. */
  readonly folder: string;
}

/** The machine. */
export interface Pi {
  readonly name: string;
  /** Its Node, as its kubelet registers it. */
  register(house: House): Promise<void>;
  /** Its agent, with everything as it is shipped. */
  agent(access: readonly string[]): Program;
  /** longhorn-disk.cfg, as Longhorn's manager writes it into its folder. */
  adopt(diskUuid: string): Promise<void>;
  /** What is in a folder is a filesystem that is mounted there. */
  mount(path: string): Promise<void>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** As it was recorded, it lacks iscsid and cryptsetup, multipathd is in the way, its key is past its time, and a disk is not mounted. */
export const iscsidFile = "/sys/fs/cgroup/system.slice/iscsid.service/cgroup.procs";
export const multipathdFolder = "/sys/fs/cgroup/system.slice/multipathd.service";
const cryptsetupFile = "/usr/sbin/cryptsetup";
const statusFile = "/.nodekeeper/services/01-tailscale.answer";
const fstab = "/etc/fstab";
const tailnetAddress = "100.64.0.9";

/** Makes it, in the best of health. */
export async function makePi({ name, machineId, folder }: PiOptions): Promise<Pi> {
  const root = join(folder, "root");
  await cp(repositoryPath("test/fixtures/hosts/bobcat"), root, { recursive: true, verbatimSymlinks: true });
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const remove = (path: string): Promise<void> => rm(join(root, path), { recursive: true, force: true });
  const edit = async (path: string, change: (text: string) => string): Promise<void> =>
    await write(path, change(await readFile(join(root, path), "utf8")));
  await write("/etc/machine-id", `${machineId}\n`);
  await write(iscsidFile, "0\n");
  await write(cryptsetupFile, "");
  await remove(multipathdFolder);
  await remove("/mnt/longhorn");
  await edit(fstab, (text) => text.replace(/^.*\/mnt\/longhorn.*\n/m, ""));
  await edit("/proc/1/mountinfo", (text) => text.replace(/^.*\/mnt\/nas.*\n/m, ""));
  await edit(statusFile, (text) => text.replaceAll(/"KeyExpiry": "[^"]*"/g, '"KeyExpiry": "2099-01-01T00:00:00Z"'));
  await appendFile(join(root, "/proc/modules"), "iscsi_tcp 32768 2 - Live 0x0\ndm_crypt 73728 0 - Live 0x0\n");
  await write("/var/lib/longhorn/engine-binaries/.keep", "");
  return {
    name,
    ...{ write, remove },
    mount: (path) => appendFile(join(root, "/proc/1/mountinfo"), `60 28 259:2 ${path} ${path} rw - ext4 /dev/nvme0n1p2 rw\n`),
    async register({ cluster: { admin } }) {
      await createNode(admin, name);
      const status = {
        addresses: [{ type: "InternalIP", address: tailnetAddress }],
        nodeInfo: { machineID: machineId, kubeletVersion: "v1.33.6+k3s1" },
        conditions: [{ type: "Ready", status: "True" }],
      };
      await admin.ask("PATCH", `/api/v1/nodes/${name}/status`, { status }, "application/merge-patch+json");
    },
    agent: (access) =>
      createProgram({
        argv: [
          process.execPath,
          ...[agentBundle, "run", "--host-root", root, "--node-name", name, "--node-address", "127.0.0.1"],
          ...["--spool-dir", join(folder, "spool"), "--health-listen", "none", ...access],
        ],
        env: { PATH: "/usr/bin:/bin" },
        logFile: join(folder, "agent.log"),
      }),
    async adopt(diskUuid) {
      await write(
        "/var/lib/longhorn/longhorn-disk.cfg",
        JSON.stringify({ diskName: "default", diskUUID: diskUuid, diskDriver: "" }),
      );
    },
  };
}
