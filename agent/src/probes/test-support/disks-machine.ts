/** A machine for tests of the probe of disks: a root filesystem, more mounts as a test wants them, and a record of what was read. */
import type { FilesystemUsage } from "../../host/host.ts";
import type { Payload } from "../../payload.ts";
import { disks } from "../disks.ts";
import { runToPayload } from "./payload-view.ts";
import { TreeHost } from "./tree-host.ts";

/** What every filesystem says of its usage. */
export const anyUsage: FilesystemUsage = {
  sizeBytes: 1000,
  freeBytes: 400,
  availableBytes: 350,
  inodesTotal: 100,
  inodesFree: 60,
};

/** Begins with / on 259:1, the disk that `addNvme(machine, 1)` adds. */
export class DisksMachine extends TreeHost {
  /** Every file that was read, in order. */
  readonly reads: string[] = [];
  readonly #mounts: string[] = [];

  constructor() {
    super();
    this.mount("/", "259:1", "ext4 /dev/nvme1n1");
  }

  /** Mounts a filesystem: `what` is its type and source. */
  mount(mountPoint: string, dev: string, what: string, options = "rw", superOptions = "rw"): void {
    this.#mounts.push(`${30 + this.#mounts.length} 29 ${dev} / ${mountPoint} ${options} - ${what} ${superOptions}\n`);
    this.entries.set("/proc/1/mountinfo", this.#mounts.join(""));
    this.usages.set(mountPoint, anyUsage);
  }

  override async readText(path: string): Promise<string> {
    this.reads.push(path);
    return await super.readText(path);
  }

  /** Runs the probe of disks, which must find something. */
  probe(): Promise<Payload> {
    return runToPayload(disks, this);
  }
}
