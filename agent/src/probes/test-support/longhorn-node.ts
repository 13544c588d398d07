/** A node of Longhorn for tests of the probe of that name. */
import type { Payload } from "../../payload.ts";
import { longhorn } from "../longhorn.ts";
import { KeepingHost } from "./keeping-host.ts";
import { factsAt, runToPayload } from "./payload-view.ts";
import { repeatedRuns } from "./repeated-runs.ts";

/** Its kernel. */
export const release = "6.8.0-49-generic";
/** What fstab says belongs to /mnt/longhorn. */
export const uuid = "UUID=5f1c6a4e-0000-4000-8000-000000000001";

/** A node of Ubuntu on which all is as Longhorn wants it, with a disk of its own for Longhorn. */
export class LonghornNode extends KeepingHost {
  /** Runs the probe as an agent does that ran it before. */
  readonly probe: () => Promise<Payload> = repeatedRuns(longhorn, this);
  readonly #mounts: string[] = [];

  constructor() {
    super({
      "/etc/os-release": 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
      "/proc/sys/kernel/osrelease": `${release}\n`,
      "/proc/modules":
        "iscsi_tcp 32768 2 - Live 0x0\ndm_crypt 73728 0 - Live 0x0\nnfs 569344 1 - Live 0x0\nnfsv4 1 1 - Live 0x0\n",
      [`/lib/modules/${release}/modules.builtin`]: "kernel/fs/ext4/ext4.ko\n",
      [`/lib/modules/${release}/modules.dep`]: "kernel/drivers/net/dummy.ko.zst:\n",
      [`/boot/config-${release}`]: "CONFIG_NFS_V4=m\nCONFIG_NFS_V4_1=y\n",
      "/sys/fs/cgroup/system.slice/iscsid.service/cgroup.procs": "0\n",
      "/proc/1/net/unix": "Num RefCount Protocol Flags Type St Inode Path\n0: 2 0 1 1 1 7 /run/secret.sock\n",
      "/usr/sbin/iscsiadm": "",
      "/usr/sbin/mount.nfs4": "",
      "/usr/sbin/cryptsetup": "",
      "/usr/sbin/dmsetup": "",
      "/etc/fstab": `UUID=1 / ext4 defaults 0 1\n${uuid} /mnt/longhorn ext4 nofail 0 2\n//nas/x /mnt/nas cifs password=s3cret 0 0\n/swap none swap sw 0 0\n`,
      "/var/lib/longhorn/engine-binaries/x": "",
      "/mnt/longhorn/longhorn-disk.cfg": '{"diskUUID":"1"}',
    });
    this.mount("/", "ext4 /dev/nvme0n1p2", "259:2");
    this.mount("/mnt/longhorn", "ext4 /dev/sda1", "8:1");
  }

  /** Mounts a filesystem: `what` is its type and source. */
  mount(mountPoint: string, what: string, dev: string): void {
    this.#mounts.push(`${30 + this.#mounts.length} 29 ${dev} / ${mountPoint} rw - ${what} rw\n`);
    this.add("/proc/1", { mountinfo: this.#mounts.join("") });
  }

  /** Leaves only the root mounted. */
  unmount(): void {
    this.#mounts.length = 1;
    this.add("/proc/1", { mountinfo: this.#mounts.join("") });
  }

  /** How a check comes out. */
  async check(id: string): Promise<unknown> {
    return factsAt(await runToPayload(longhorn, this), "longhorn_check", id);
  }
}
