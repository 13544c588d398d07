import { KernelFaultSeverity } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { Rule, Verdict } from "../evaluate/rule.ts";
import { type HealthInit, judgeDisk } from "../test-support/judge-disk.ts";
import { judge, machineThatSaid, type Thing } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { diskNearlyFull } from "./disk-nearly-full.ts";
import { diskWorn } from "./disk-worn.ts";
import { gpuMemoryErrors } from "./gpu-memory-errors.ts";
import { k3sCertificateExpiring } from "./k3s-certificate-expiring.ts";
import { kernelFault } from "./kernel-fault.ts";
import { nvmeCriticalWarning } from "./nvme-critical-warning.ts";
import { nvmeSpareLow } from "./nvme-spare-low.ts";
import { nvmeTooHot } from "./nvme-too-hot.ts";
import { raidDegraded } from "./raid-degraded.ts";
import { tailscaleKeyExpiring } from "./tailscale-key-expiring.ts";

const dayMs = 24 * 3_600_000;

function levelOf(verdict: Verdict | undefined): number | undefined {
  return verdict?.kind === "raise" ? verdict.measure?.level : undefined;
}
const ofDisk = (rule: Rule, health: HealthInit) => levelOf(judgeDisk(rule, health));
const ofThing = (rule: Rule, thing: Thing) => levelOf(judge(rule, machineThatSaid({ things: [thing] }))[0]);

const filled = (percent: number): Thing => ({
  ...{ kind: "filesystem", id: "/", value: { case: "filesystem", value: { mountPoint: "/" } } },
  samples: { used_bytes: percent * 10, available_bytes: 1_000 - percent * 10 },
});
const lacking = (degradedCount: number): Thing => ({
  ...{ kind: "block_device", id: "md0" },
  value: { case: "blockDevice", value: { name: "md0", raidArray: { level: "raid6", memberCount: 6, degradedCount } } },
});
const faulty = (count: number): Thing => ({
  ...{ kind: "kernel_fault", id: "disk-io-error sda", samples: { occurrences_total: count } },
  value: {
    case: "kernelFault",
    value: { code: "disk-io-error", area: "disk", severity: KernelFaultSeverity.FAULT, lastAtUnixMs: BigInt(startMs) },
  },
});
const gpu = (total: number): Thing => ({
  ...{
    kind: "gpu_status",
    id: "g",
    samples: { ecc_uncorrected_errors_total: total, ecc_lifetime_uncorrected_errors_total: 7 + total },
  },
  value: { case: "gpuStatus", value: { remappedRowsUncorrectedCount: 2 } },
});
const k3s = (days: number): Thing => ({
  ...{ kind: "k3s" },
  value: { case: "k3s", value: { isRunning: true, certificateExpiresAtUnixMs: BigInt(startMs + days * dayMs) } },
});
const key = (days: number): Thing => ({
  ...{ kind: "tailscale" },
  value: { case: "tailscale", value: { backendState: "Running", keyExpiresAtUnixMs: BigInt(startMs + days * dayMs) } },
});

describe("how bad a finding is as a number, by which what was acknowledged comes back (feature 78)", () => {
  it.each<{
    rule: string;
    of: (value: number) => number | undefined;
    values: readonly number[];
    levels: readonly (number | undefined)[];
  }>([
    {
      // Spare, with heat, with read-only besides, reliability too; a personality that it does not know is no matter.
      rule: "nvme-critical-warning",
      of: (criticalWarning) => ofDisk(nvmeCriticalWarning, { nvme: { criticalWarning } }),
      values: [0b1, 0b11, 0b1001, 0b1101, 0b1000000],
      levels: [1, 1, 2, 3, 0],
    },
    {
      // Acceptance 8: 104 is told once, and again at 110, 120 …
      rule: "disk-worn",
      of: (percentageUsed) => ofDisk(diskWorn, { nvme: { percentageUsed } }),
      values: [79, 80, 89, 90, 99, 100, 104, 109, 110, 120, 255],
      levels: [undefined, 80, 80, 90, 90, 100, 100, 100, 110, 120, 250],
    },
    {
      rule: "nvme-spare-low",
      of: (spare) => ofDisk(nvmeSpareLow, { nvme: { availableSparePercent: spare, availableSpareThresholdPercent: 10 } }),
      values: [21, 20, 19, 16, 15, 9, 0],
      levels: [undefined, 80, 80, 80, 85, 90, 100],
    },
    {
      rule: "nvme-too-hot",
      of: (celsius) => ofDisk(nvmeTooHot, { nvme: { compositeTemperatureCelsius: celsius } }),
      values: [69, 70, 74, 75, 80, 91],
      levels: [undefined, 0, 0, 5, 10, 20],
    },
    {
      rule: "disk-nearly-full",
      of: (percent) => ofThing(diskNearlyFull, filled(percent)),
      values: [84, 85, 89.9, 90, 94.9, 95, 96.4, 99],
      levels: [undefined, 85, 85, 90, 90, 95, 95, 99],
    },
    { rule: "raid-degraded", of: (count) => ofThing(raidDegraded, lacking(count)), values: [0, 1, 2], levels: [undefined, 1, 2] },
    {
      rule: "kernel-fault",
      of: (count) => ofThing(kernelFault, faulty(count)),
      values: [1, 2, 9, 10, 99],
      levels: [1, 1, 1, 10, 10],
    },
    {
      rule: "gpu-memory-errors",
      of: (total) => ofThing(gpuMemoryErrors, gpu(total)),
      values: [0, 1, 2],
      levels: [undefined, 10, 11],
    },
    {
      rule: "k3s-certificate-expiring",
      of: (days) => ofThing(k3sCertificateExpiring, k3s(days)),
      values: [31, 30, 15, 14, 7, 2, 0.5, -3],
      levels: [undefined, 0, 0, 16, 23, 27, 29, 30],
    },
    {
      rule: "tailscale-key-expiring",
      of: (days) => ofThing(tailscaleKeyExpiring, key(days)),
      values: [31, 30, 15, 14, 7, 2, 0.5],
      levels: [undefined, 0, 0, 16, 23, 27, 29],
    },
  ])("$rule goes by steps, and never back while it gets worse", ({ of, values, levels }) => {
    expect(values.map(of)).toEqual(levels);
  });
});
