import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addNvme, addSata } from "../probes/test-support/devices.ts";
import { denied, TreeHost } from "../probes/test-support/tree-host.ts";
import { diskChanges } from "./disk-changes.ts";

const root = "29 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1 rw";
const data = "30 29 8:1 / /data rw - ext4 /dev/sda1 rw";

let host: TreeHost;
let clock: FakeClock;
let controller: AbortController;
let watching: Promise<void>;
let triggered: [readonly string[], string][];

beforeEach(async () => {
  host = new TreeHost({ "/proc/1/mountinfo": root });
  addNvme(host, 0);
  clock = new FakeClock();
  controller = new AbortController();
  triggered = [];
  const trigger = (probes: readonly string[], reason: string): void => void triggered.push([probes, reason]);
  watching = diskChanges.watch({ host, clock, trigger, signal: controller.signal });
  watching.catch(() => undefined); // looked at by the test that expects it to end
  await clock.advance(0);
});

afterEach(async () => {
  controller.abort();
  await watching.catch(() => undefined);
  expect(clock.sleeperCount).toBe(0);
});

describe("disk-changes", () => {
  it("triggers nothing while nothing changes, however long", async () => {
    await clock.advance(3_600_000);

    expect(triggered).toEqual([]);
  });

  it("triggers disks and their health within five seconds of a new disk", async () => {
    addSata(host, "a");
    await clock.advance(5_000);

    expect(triggered).toEqual([[["disks", "smart"], "new device sda"]]);
  });

  it("triggers only disks for a new device that has no health to tell", async () => {
    host.add("/sys/block/dm-0", { size: "8\n" });
    await clock.advance(5_000);

    expect(triggered).toEqual([[["disks"], "new device dm-0"]]);
  });

  it("triggers disks when a disk goes away", async () => {
    host.remove("/sys/block/nvme0n1");
    host.add("/sys/block", { sr0: { link: "/sys/devices/sr0" } });
    await clock.advance(5_000);

    expect(triggered).toEqual([[["disks"], "new device sr0, device nvme0n1 is gone"]]);
  });

  it("triggers disks once when a filesystem is mounted, and once when it is gone", async () => {
    host.entries.set("/proc/1/mountinfo", `${root}\n${data}`);
    await clock.advance(15_000);
    host.entries.set("/proc/1/mountinfo", root);
    await clock.advance(15_000);

    expect(triggered).toEqual([
      [["disks"], "new mount /data of 8:1"],
      [["disks"], "mount /data of 8:1 is gone"],
    ]);
  });

  it("triggers disks when a filesystem falls back to read-only", async () => {
    host.entries.set("/proc/1/mountinfo", root.replace("/dev/nvme0n1 rw", "/dev/nvme0n1 ro"));
    await clock.advance(5_000);

    expect(triggered.map(([probes]) => probes)).toEqual([["disks"]]);
  });

  it("triggers disks when ext4 stops writing after an error, and keeps its `rw`", async () => {
    host.entries.set("/proc/1/mountinfo", root.replace("/dev/nvme0n1 rw", "/dev/nvme0n1 rw,emergency_ro"));
    await clock.advance(5_000);

    expect(triggered.map(([probes]) => probes)).toEqual([["disks"]]);
  });

  it("does not stir when containers come and go", async () => {
    const container = [
      "40 29 0:60 / /run/containerd/io.containerd.runtime.v2.task/k8s.io/1/rootfs rw - overlay overlay rw",
      "41 29 0:61 / /var/lib/kubelet/pods/1/volumes/kubernetes.io~projected/token rw - tmpfs tmpfs rw",
      "42 29 259:1 /etc/hosts /var/lib/kubelet/pods/1/volume-subpaths/x/y/0 rw - ext4 /dev/nvme0n1 rw",
    ];
    host.entries.set("/proc/1/mountinfo", [root, ...container].join("\n"));
    await clock.advance(5_000);
    host.entries.set("/proc/1/mountinfo", root);
    await clock.advance(5_000);

    expect(triggered).toEqual([]);
  });

  it("ends with an error when it cannot look any more", async () => {
    host.entries.set("/sys/block", denied("/sys/block"));
    await clock.advance(5_000);

    await expect(watching).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  });

  it("ends quietly when it is told to", async () => {
    controller.abort();

    await expect(watching).resolves.toBeUndefined();
  });
});
