import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKernelLogFollower, type KernelLogFollower } from "../probes/support/kernel-log/kernel-log-follower.ts";
import { addNvme, addSata, addUsb } from "../probes/test-support/devices.ts";
import { FakeKmsg } from "../probes/test-support/fake-kmsg.ts";
import { denied, TreeHost } from "../probes/test-support/tree-host.ts";
import { createKernelLogWatcher } from "./kernel-log.ts";

const reset = "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10";
const usbReset = "usb 2-1.4: reset SuperSpeed USB device number 2 using xhci_hcd";

/** A machine of which every question about a USB reset is kept, and whose boot clock is the test's. */
class WatchedHost extends TreeHost {
  readonly usbResets: [string, number][] = [];

  override noteUsbReset(usbDevice: string, agoMs: number = Number.NaN): void {
    this.usbResets.push([usbDevice, agoMs]);
  }
}

let clock: FakeClock;
let host: WatchedHost;
let kmsg: FakeKmsg;
let follower: KernelLogFollower;
let controller: AbortController;
let watching: Promise<void>;
let triggered: [readonly string[], string, readonly string[]][];

function watch(): Promise<void> {
  const trigger = (probes: readonly string[], reason: string, faulty: readonly string[] = []): void =>
    void triggered.push([probes, reason, faulty]);
  const promise = createKernelLogWatcher(follower).watch({ host, clock, trigger, signal: controller.signal });
  promise.catch(() => undefined); // looked at by the test that expects it to end
  return promise;
}

beforeEach(async () => {
  clock = new FakeClock();
  host = new WatchedHost();
  kmsg = new FakeKmsg();
  host.kernelLog = () => kmsg.open();
  addNvme(host, 0);
  addSata(host, "a");
  addUsb(host, "b", "2-1.4");
  follower = createKernelLogFollower();
  controller = new AbortController();
  triggered = [];
});

afterEach(async () => {
  controller.abort();
  await watching.catch(() => undefined);
  expect(clock.sleeperCount).toBe(0);
});

async function begin(): Promise<void> {
  watching = watch();
  await clock.advance(0);
}

describe("feature 38: a fault in the kernel log sets off the probes that can see its consequence", () => {
  it("triggers nothing for what was there before it, nor while nothing happens", async () => {
    kmsg.write(reset);
    await begin();
    kmsg.write("nvme nvme0: 8/0/0 default/read/poll queues");
    await clock.advance(3_600_000);

    expect(triggered).toEqual([]);
    expect(follower.memory()).toMatchObject({ records: 2 });
  });

  it("triggers within two seconds of silence, and names the disks that must be read though their reading is young", async () => {
    await begin();
    await clock.advance(60_000);
    kmsg.write(reset);
    await clock.advance(2_000);

    expect(triggered).toEqual([[["kernel-log", "disks", "smart"], "the kernel log: nvme-controller-reset nvme0", ["nvme0n1"]]]);
  });

  it.each([
    ["I/O error, dev sda, sector 2048 op 0x0:(READ)", ["kernel-log", "disks", "smart"], ["sda"]],
    ["EXT4-fs error (device sda1): ext4_lookup:1: bad", ["kernel-log", "disks", "smart"], ["sda"]],
    ["ata1.00: failed command: READ FPDMA QUEUED", ["kernel-log", "disks", "smart"], ["sda"]],
    ["nvme 0000:00:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=x", ["kernel-log", "disks", "smart"], ["nvme0n1"]],
    [usbReset, ["kernel-log", "disks"], []],
    ["NVRM: Xid (PCI:0000:01:00): 79, pid=7, GPU has fallen off the bus.", ["kernel-log", "gpu"], ["0000:01:00.0"]],
    ["hwmon hwmon1: Undervoltage detected!", ["kernel-log", "sensors", "system", "raspberry-pi"], []],
    ["Memory cgroup out of memory: Killed process 2121 (python3)", ["kernel-log"], []],
  ])("knows whom it concerns: %s", async (message, probes, disks) => {
    await begin();
    kmsg.write(message);
    await clock.advance(2_000);

    expect(triggered.map(([names]) => names)).toEqual([probes]);
    expect(triggered.map(([, , faulty]) => faulty)).toEqual([disks]);
  });

  it("does not read a disk again and again that fails all the time", async () => {
    await begin();
    for (let second = 0; second < 600; second++) {
      kmsg.write(reset);
      await clock.advance(1_000);
    }

    const forDisks = triggered.filter(([names]) => names.includes("smart"));
    expect(forDisks).toHaveLength(2);
    expect(triggered.length).toBeGreaterThanOrEqual(58);
    expect(triggered.length).toBeLessThanOrEqual(62);
    expect(follower.memory().faults.get("nvme-controller-reset nvme0")?.occurrences).toBe(600);
  });

  it("tells the last of a burst too, though it told just before", async () => {
    await begin();
    kmsg.write(reset);
    await clock.advance(2_000);
    kmsg.write(reset);
    await clock.advance(10_000);

    expect(triggered.map(([names]) => names)).toEqual([["kernel-log", "disks", "smart"], ["kernel-log"]]);
  });

  it("triggers at once for another fault, however shortly after the first", async () => {
    await begin();
    kmsg.write(reset);
    await clock.advance(2_000);
    kmsg.write("EXT4-fs (nvme0n1p2): Remounting filesystem read-only");
    await clock.advance(500);

    expect(triggered.map(([, reason]) => reason)).toEqual([
      "the kernel log: nvme-controller-reset nvme0",
      "the kernel log: filesystem-read-only nvme0n1p2",
    ]);
  });

  it("looks twice a second while the kernel speaks, and every two seconds while it is silent", async () => {
    await begin();
    await clock.advance(60_000);
    kmsg.write(reset);
    await clock.advance(2_000);
    kmsg.write("EXT4-fs (nvme0n1p2): Remounting filesystem read-only");
    await clock.advance(500);
    const whileItSpeaks = triggered.length;
    await clock.advance(60_000);
    kmsg.write("EXT4-fs (nvme0n1p3): Remounting filesystem read-only");
    await clock.advance(1_500);

    expect(whileItSpeaks).toBe(2);
    expect(triggered).toHaveLength(2);
  });

  it("tells the host of every USB reset at once, and how long ago it was", async () => {
    kmsg.write(usbReset);
    await begin();
    for (let count = 0; count < 3; count++) {
      kmsg.write(usbReset);
      await clock.advance(2_000);
    }

    expect(host.usbResets.map(([device]) => device)).toEqual(["2-1.4", "2-1.4", "2-1.4"]);
    expect(host.usbResets.every(([, agoMs]) => agoMs >= 0 && agoMs <= 1_000)).toBe(true);
  });
});

describe("kernel-log, when the log cannot be read", () => {
  it.each([
    ["is not there", undefined],
    ["is refused", denied("/dev/kmsg")],
  ])("waits where it %s, and follows it once it can", async (_, entry) => {
    host.kernelLog = undefined;
    if (entry !== undefined) host.entries.set("/dev/kmsg", entry);
    await begin();
    await clock.advance(60_000);
    host.kernelLog = () => kmsg.open();
    await clock.advance(300_000);
    kmsg.write(reset);
    await clock.advance(2_000);

    expect(triggered).toHaveLength(1);
  });

  it("ends with an error when reading fails, and tells what it missed when it is started again", async () => {
    const watcher = createKernelLogWatcher(follower);
    const trigger = (probes: readonly string[]): void => void triggered.push([probes, "", []]);
    watching = watcher.watch({ host, clock, trigger, signal: controller.signal });
    const ended = expect(watching).rejects.toMatchObject({ code: "HOST_READ_FAILED" });
    await clock.advance(1_000);
    kmsg.broken = "EIO";
    await clock.advance(2_000);
    await ended;

    kmsg.broken = undefined;
    kmsg.write(reset);
    watching = watcher.watch({ host, clock, trigger, signal: controller.signal });
    await clock.advance(0);

    expect(triggered.map(([names]) => names)).toEqual([["kernel-log", "disks", "smart"]]);
    expect([kmsg.openCount, kmsg.closeCount]).toEqual([2, 1]);
    expect(follower.memory()).toMatchObject({ records: 1, lost: 0 });
  });

  it("tells a fault, once it is started again, whose disks it could not look for", async () => {
    const watcher = createKernelLogWatcher(follower);
    const trigger = (probes: readonly string[], _: string, faulty: readonly string[] = []): void =>
      void triggered.push([probes, "", faulty]);
    const { list } = host;
    watching = watcher.watch({ host, clock, trigger, signal: controller.signal });
    const ended = expect(watching).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
    await clock.advance(1_000);
    host.list = async (path) => {
      throw denied(path);
    };
    kmsg.write(reset);
    await clock.advance(2_000);
    await ended;

    host.list = list;
    watching = watcher.watch({ host, clock, trigger, signal: controller.signal });
    await clock.advance(0);

    expect(triggered).toEqual([[["kernel-log", "disks", "smart"], "", ["nvme0n1"]]]);
  });

  it("ends quietly when it is told to", async () => {
    await begin();
    controller.abort();

    await expect(watching).resolves.toBeUndefined();
  });
});

/** Acceptance 18: a flood of 5,000 lines a second for a minute, through a ring as small as Debian's (128 KiB). */
describe("kernel-log under a flood of 5,000 lines a second", () => {
  const seconds = 60;
  const stepMs = 50;
  const linesPerStep = 250;
  const ringRecords = 1_000;
  /** It was silent before, so that the first look may come two seconds after the flood. */
  const mostLost = 10_000;

  beforeEach(() => {
    kmsg = new FakeKmsg(ringRecords);
    kmsg.write("Linux version 6.12.0");
  });

  /** Lets it flow, and gives the CPU time of everything but the writing. */
  async function flood(line: (index: number) => string): Promise<number> {
    const before = process.cpuUsage();
    let writingUs = 0;
    for (let step = 0; step < (seconds * 1000) / stepMs; step++) {
      const startedAt = process.cpuUsage();
      for (let index = 0; index < linesPerStep; index++) kmsg.write(line(step * linesPerStep + index));
      const spent = process.cpuUsage(startedAt);
      writingUs += spent.user + spent.system;
      await clock.advance(stepMs);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system - writingUs) / 1_000_000;
  }

  const firewall = "IN=eth0 OUT= MAC=aa:bb:cc:dd:ee:ff SRC=10.0.0.1 DST=10.0.0.2 LEN=60 TTL=64 PROTO=TCP SPT=44321 DPT=22";
  const failing = (index: number): string =>
    `I/O error, dev sda, sector ${index} op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2`;

  it.each([
    {
      name: "ordinary lines with a fault in between",
      line: (index: number) => (index % 7_919 === 7_918 ? reset : firewall),
      least: 36,
    },
    { name: "faults only", line: failing, least: seconds * 5_000 - mostLost },
  ])("reads $name, stays alive, counts what it missed, and costs a bounded part of a core", async ({ line, least }) => {
    await begin();

    const cpuSeconds = await flood(line);
    const percent = ((cpuSeconds / seconds) * 100).toFixed(2);
    process.stdout.write(`kernel log, ${seconds} s of 5,000 lines a second: ${percent} % of a core\n`);

    const { records, lost, suppressed, faults } = follower.memory();
    expect(records + lost + suppressed).toBe(seconds * 5_000 + 1);
    expect(suppressed).toBe(0);
    expect(lost).toBeLessThanOrEqual(mostLost);
    expect([...faults.values()][0]?.occurrences).toBeGreaterThanOrEqual(least);
    // Measured: 1 % and 2 %. The bound is for slow machines under load.
    expect(cpuSeconds / seconds).toBeLessThan(0.2);
  });

  it("says how much it left unread of a flood that is faster than its limit, and sees what comes after it", async () => {
    await begin();
    for (let step = 0; step < 200; step++) {
      for (let index = 0; index < 5_000; index++) kmsg.write(firewall);
      await clock.advance(stepMs);
    }
    kmsg.write(reset);
    await clock.advance(2_000);

    const { records, lost, suppressed, faults } = follower.memory();
    expect(records + lost + suppressed).toBe(200 * 5_000 + 2);
    expect(records).toBeLessThanOrEqual(250 * 500);
    expect(suppressed).toBeGreaterThan(500_000);
    expect(faults.has("nvme-controller-reset nvme0")).toBe(true);
  });
});
