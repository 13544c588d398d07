import { KernelFaultSeverity } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { evaluateNode, type OpenFindings } from "../evaluate/evaluate-node.ts";
import type { NodeState } from "../state/node-state.ts";
import { machineThatSaid, type Thing, viewAfter } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { rules } from "./index.ts";

const { FAULT, WARNING } = KernelFaultSeverity;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

interface Told {
  readonly area?: string;
  readonly severity?: KernelFaultSeverity;
  readonly afterMs?: number;
  readonly count?: number;
}

/** A line of the kernel's log, of half an hour ago. */
function kernel(
  code: string,
  device: string,
  { area = "filesystem", severity = FAULT, afterMs = 0, count = 1 }: Told = {},
): Thing {
  const at = BigInt(startMs - hourMs / 2 + afterMs);
  const value = { code, device, area, severity, firstAtUnixMs: at, lastAtUnixMs: at };
  return {
    ...{ kind: "kernel_fault", id: `${code} ${device}`, samples: { occurrences_total: count } },
    value: { case: "kernelFault", value },
  };
}

const disk = (name: string, more: object = {}): Thing => ({
  ...{ kind: "block_device", id: `id of ${name}` },
  value: { case: "blockDevice", value: { name, model: "A disk", partitions: [{ name: `${name}p2` }], ...more } },
});
const mounted = (id: string, deviceName: string, hasFallenReadOnly: boolean): Thing => ({
  ...{ kind: "filesystem", id },
  value: { case: "filesystem", value: { mountPoint: id, deviceName, hasFallenReadOnly, isReadOnly: hasFallenReadOnly } },
});
/** What ext4 says when it breaks; kernel source, fs/ext4/super.c and fs/jbd2/journal.c. */
const brokenExt4 = (device: string): readonly Thing[] => [
  kernel("filesystem-error", device),
  kernel("journal-aborted", device, { afterMs: 1 }),
  kernel("filesystem-read-only", device, { afterMs: 2 }),
];
const whole = ["kernel_fault", "block_device", "filesystem"];

function findingsOf(node: NodeState, afterMs = 0, before: OpenFindings = new Map()) {
  const { open } = evaluateNode(rules, viewAfter(node, afterMs), before, (_rule, thrown) => {
    throw thrown;
  });
  const all = [...open.values()].map(({ finding }) => finding);
  return { open, all, causes: all.filter(({ suppressedBy }) => suppressedBy === undefined) };
}

const causesIn = (...things: readonly Thing[]) =>
  findingsOf(machineThatSaid({ probe: "kernel-log", things, whole })).causes.map(({ rule, subject }) => `${rule} ${subject.id}`);

describe("feature 79: consequences are suppressed: one event is one finding, and its consequences", () => {
  it("tells of a broken ext4 once: that it is read-only now", () => {
    const things = [disk("nvme0n1"), mounted("/data", "nvme0n1p2", true), ...brokenExt4("nvme0n1p2")];
    const { all, causes } = findingsOf(machineThatSaid({ things, whole }));

    expect(all).toHaveLength(4);
    expect(causes).toMatchObject([{ rule: "filesystem-read-only", subject: { id: "/data" } }]);
    expect(all.filter(({ suppressedBy }) => suppressedBy === causes[0]?.id)).toHaveLength(3);
  });

  it("calls nobody for what the kernel told of it when somebody has made it writable again", () => {
    const faults = brokenExt4("nvme0n1p2");
    const broken = { things: [disk("nvme0n1"), mounted("/data", "nvme0n1p2", true), ...faults], whole };
    let { open } = findingsOf(machineThatSaid(broken));
    for (const minute of [1, 2, 3]) {
      const mended = { ...broken, things: [disk("nvme0n1"), mounted("/data", "nvme0n1p2", false), ...faults] };
      const found = findingsOf(machineThatSaid({ ...mended, atMs: startMs + minute * minuteMs }), minute * minuteMs, open);
      open = found.open;
      if (minute > 1) expect(found.causes).toMatchObject([{ rule: "kernel-fault", severity: "medium" }]);
    }
    const again = [
      disk("nvme0n1"),
      mounted("/data", "nvme0n1p2", false),
      kernel("filesystem-error", "nvme0n1p2", { afterMs: hourMs / 2 }),
    ];
    const later = machineThatSaid({ things: again, whole, atMs: startMs + 4 * minuteMs });

    expect(findingsOf(later, 4 * minuteMs, open).all).toContainEqual(
      expect.objectContaining({ severity: "high", subject: { kind: "kernel_fault", id: "filesystem-error nvme0n1p2" } }),
    );
  });

  it("tells of it once where it was unmounted meanwhile: by what came first", () => {
    expect(causesIn(disk("nvme0n1"), ...brokenExt4("nvme0n1p2"))).toEqual(["kernel-fault filesystem-error nvme0n1p2"]);
  });

  it("tells of two that broke twice", () => {
    const things = [disk("nvme0n1"), disk("sda"), mounted("/data", "nvme0n1p2", true), ...brokenExt4("nvme0n1p2")];

    expect(causesIn(...things, ...brokenExt4("sdap2"))).toEqual([
      "filesystem-read-only /data",
      "kernel-fault filesystem-error sdap2",
    ]);
  });

  it("tells of a disk that dies as what happened to the disk, not to what lies on it", () => {
    const dying = [
      kernel("filesystem-io-error", "nvme0n1p2"),
      kernel("nvme-timeout", "nvme0", { area: "disk", severity: WARNING, count: 9 }),
      kernel("nvme-controller-lost", "nvme0", { area: "disk", afterMs: 5 }),
      kernel("buffer-write-lost", "nvme0n1", { area: "disk", afterMs: 6 }),
    ];

    expect(causesIn(disk("nvme0n1"), ...dying)).toEqual(["kernel-fault nvme-controller-lost nvme0"]);
  });

  it("tells of a disk that an array threw out as the array that lacks it", () => {
    const array = disk("md0", { raidArray: { level: "raid1", memberCount: 2, degradedCount: 1 } });

    expect(causesIn(array, kernel("raid-disk-failed", "md0", { area: "raid" }))).toEqual(["raid-degraded id of md0"]);
  });

  it("blames weak power, not the drive that it takes away (Raspberry Pi 5)", () => {
    const board: Thing = { kind: "raspberry_pi", value: { case: "raspberryPi", value: { isUnderVoltage: true } } };
    const resets = kernel("nvme-controller-reset", "nvme0", { area: "disk", severity: WARNING, count: 3 });

    expect(causesIn(board, disk("nvme0n1"), resets)).toEqual(["raspberry-pi-power "]);
  });

  it("does not blame the drive when the supply was changed and the board started anew, and nobody else does", () => {
    const power = (isWeak: boolean): Thing => ({
      kind: "raspberry_pi",
      value: { case: "raspberryPi", value: { isUnderVoltage: isWeak, hasBeenUnderVoltage: isWeak } },
    });
    const resets = kernel("nvme-controller-reset", "nvme0", { area: "disk", count: 3 });
    const weak = { probe: "p", things: [power(true), disk("nvme0n1"), resets], whole };
    const { open } = findingsOf(machineThatSaid(weak));
    const mended = { probe: "p", things: [power(false), disk("nvme0n1")], whole, atMs: startMs + minuteMs };

    for (const node of [machineThatSaid(weak, mended), machineThatSaid(mended)]) {
      const { all } = findingsOf(node, minuteMs, open);
      expect(all.map(({ rule }) => rule)).not.toContain("kernel-fault");
    }
  });

  it("tells of a tailnet that is down once", () => {
    const key = { backendState: "NoState", keyExpiresAtUnixMs: BigInt(startMs + 3 * dayMs), addresses: ["100.64.0.1"] };
    const k3s = { isRunning: false, isEnabled: true, role: "agent", nodeAddresses: ["100.64.0.1"] };
    const things: readonly Thing[] = [
      { kind: "tailscale", value: { case: "tailscale", value: key } },
      { kind: "tailscale_peer", id: "n1", value: { case: "tailscalePeer", value: { isWatched: true } } },
      { kind: "k3s", value: { case: "k3s", value: k3s } },
    ];
    let found = findingsOf(machineThatSaid({ probe: "tailscale", things }));
    for (const minute of [1, 2, 3, 4])
      found = findingsOf(
        machineThatSaid({ probe: "tailscale", things, atMs: startMs + minute * minuteMs }),
        minute * minuteMs,
        found.open,
      );

    expect(found.causes).toMatchObject([{ rule: "tailscale-down", severity: "high", state: "firing" }]);
    expect(found.all.map(({ rule }) => rule)).toContain("k3s-not-running");
  });

  it("tells of a machine that is silent once, whatever was wrong with it", () => {
    const things = [disk("nvme0n1"), mounted("/data", "nvme0n1p2", true), ...brokenExt4("nvme0n1p2")];
    const node = machineThatSaid({ things, whole });
    const { open } = findingsOf(node);
    const { all, causes } = findingsOf(node, 10 * minuteMs, open);

    expect(causes).toMatchObject([{ rule: "node-not-reporting" }]);
    expect(all.filter(({ rule }) => rule !== "node-not-reporting").every(({ isHeld }) => isHeld)).toBe(true);
  });
});

describe("feature 38: what the kernel told stands for its day", () => {
  it("though machine and collector were both started anew, so that only the finding knows of it", () => {
    const { open } = findingsOf(
      machineThatSaid({ things: [disk("sda"), kernel("disk-io-error", "sda", { area: "disk" })], whole }),
    );
    const anew = (hours: number) =>
      findingsOf(machineThatSaid({ things: [disk("sda")], whole, atMs: startMs + hours * hourMs }), hours * hourMs, open);

    expect(anew(1).causes).toMatchObject([{ rule: "kernel-fault", state: "firing", severity: "high", isHeld: false }]);
    expect(anew(23).causes).toEqual(anew(1).causes);
    expect(anew(24).all).toEqual([]);
  });
});
