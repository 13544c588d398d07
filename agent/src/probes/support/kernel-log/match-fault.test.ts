import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createProbes } from "../../index.ts";
import { faultKinds } from "./faults/index.ts";
import { matchFault } from "./match-fault.ts";
import { xids } from "./xids.ts";

const forms = faultKinds.flatMap((kind) => kind.forms.map((form) => ({ kind, code: kind.code, ...form })));

describe("feature 38: kernel-log faults: NVMe reset, timeout, disabled; I/O error; ext4 and XFS shutdown; read-only remount", () => {
  it.each(forms)("understands $example", ({ kind, example, device }) => {
    const match = matchFault(example);

    expect(match?.kind.code).toBe(kind.code);
    expect(match?.device).toBe(device);
  });

  it.each([
    ["nvme-controller-reset", "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0xffff"],
    ["nvme-timeout", "nvme nvme0: I/O 5 (I/O Cmd) QID 3 timeout, aborting"],
    ["nvme-controller-lost", "nvme nvme0: Disabling device after reset failure: -19"],
    ["disk-io-error", "print_req_error: I/O error, dev sdc, sector 0"],
    ["filesystem-shutdown", "XFS (sda1): I/O Error Detected. Shutting down filesystem"],
    ["filesystem-read-only", "EXT4-fs (sda1): Remounting filesystem read-only"],
    ["raid-disk-failed", "md/raid10:md127: Disk failure on sde3, disabling device."],
    ["out-of-memory-kill", "Out of memory: Killed process 123, UID 48, (httpd)."],
    ["undervoltage", "hwmon hwmon3: Undervoltage detected!"],
    ["nvidia-xid-79", "NVRM: Xid (PCI:0000:05:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."],
    ["nvidia-xid-31", "NVRM: Xid (0000:01:00): 31, Ch 00000003, engmask 00000101, intr 10000000"],
    ["gpu-lost", "NVRM: GPU at PCI:0000:01:00: has fallen off the bus."],
  ])("calls it %s: %s", (code, message) => {
    expect(matchFault(message)?.code).toBe(code);
  });

  it.each([
    "nvme nvme0: 8/0/0 default/read/poll queues",
    "nvme nvme0: pci function 0000:01:00.0",
    "EXT4-fs (nvme0n1p2): mounted filesystem with ordered data mode. Quota mode: none.",
    "EXT4-fs (sda1): re-mounted. Quota mode: none.",
    "XFS (dm-0): Mounting V5 Filesystem",
    "XFS (dm-0): User initiated shutdown received.",
    "BTRFS info (device sda2): bdev /dev/sda2 errs: wr 0, rd 0, flush 0, corrupt 5, gen 0",
    "ata2: SATA link down (SStatus 0 SControl 300)",
    "ata1.00: ATA-9: WDC WD40EFRX-68N32N0, 82.00A82, max UDMA/133",
    "md/raid1:md0: active with 2 out of 2 mirrors",
    "device-mapper: thin: 253:4: switching pool to write mode",
    "usb 1-1: new high-speed USB device number 3 using xhci_hcd",
    "EDAC MC: Ver: 3.0.0",
    "EDAC MC0: Giving out device to module igen6_edac",
    "pcieport 0000:00:1c.0: AER: enabled with IRQ 122",
    "mce: CPU0: Thermal monitoring enabled (TM1)",
    "CPU0: Package temperature/speed normal (total events = 12)",
    "Buffer I/O error on dev sr0, logical block 0, async page read",
    "I/O error, dev fd0, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2",
    "operation not supported error, dev nvme0n1, sector 0 op 0x9:(WRITE_ZEROES) flags 0x0 phys_seg 0 prio class 2",
    "critical target error, dev sda, sector 8 op 0x3:(DISCARD) flags 0x800 phys_seg 1 prio class 2",
    "hwmon hwmon1: temperature sensor registered",
  ])("is not alarmed by %s", (message) => {
    expect(matchFault(message)).toBeUndefined();
  });

  it.each([
    "usb 1-1: Product: EXT4-fs error (device sda1): x",
    "usb 1-1: Manufacturer: abcd: 0000 [#1]",
    'audit: type=1400 comm="nvme nvme0: controller is down; will reset: CSTS=0x1"',
    "IN=eth0 OUT= PREFIX I/O error, dev sda, sector 1",
    "foo: nvme nvme0: Device not ready; aborting reset, CSTS=0x1",
  ])("cannot be fooled by a name inside of a message: %s", (message) => {
    expect(matchFault(message)).toBeUndefined();
  });
});

describe("feature 47: Xids with the action of NVIDIA's catalogue", () => {
  it.each([
    [13, "notice", /^Restart the program/],
    [43, "notice", /^Nothing needs/],
    [48, "fault", /^Reset the GPU, and look whether/],
    [54, "fault", /power cables/],
    [74, "fault", /NVLink/],
    [78, "warning", /^Update NVIDIA's driver/],
    [79, "fault", /^Restart the machine/],
    [119, "fault", /^Reset the GPU:/],
    [154, "warning", /^Do what the message says/],
    [167, "fault", /^$/],
    [999, "warning", undefined],
  ])("knows of %d how bad it is and what to do", (number, severity, action) => {
    const match = matchFault(`NVRM: Xid (PCI:0000:01:00): ${number}, pid=1234, name=ollama, Ch 00000010`);

    expect(match).toMatchObject({ code: `nvidia-xid-${number}`, device: "0000:01:00.0", kind: { code: "nvidia-xid", severity } });
    if (action === undefined) expect(match?.kind.action).toBeUndefined();
    else expect(match?.kind.action).toMatch(action);
    expect(match?.kind.triggers).toEqual(["gpu"]);
  });

  it("takes for a fault what NVIDIA wants a reset, a restart or hands for, and nothing else", () => {
    const wanted = [46, 48, 54, 62, 64, 74, 79, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158, 167];

    expect(xids.filter(({ severity }) => severity === "fault").map(({ number }) => number)).toEqual(wanted);
    expect(new Set(xids.map(({ number }) => number)).size).toBe(xids.length);
    expect(xids.filter(({ meaning, action }) => Buffer.byteLength(meaning) > 256 || Buffer.byteLength(action) > 256)).toEqual([]);
  });
});

describe("the table of kernel faults", () => {
  it("lists every file of its folder", () => {
    const files = readdirSync(join(import.meta.dirname, "faults")).filter((name) => name.endsWith("-faults.ts"));

    expect(files).toHaveLength(10);
    expect(new Set(faultKinds.map(({ area }) => area)).size).toBe(11);
  });

  it("gives every kind a code of its own, a meaning, and probes that there are", () => {
    const codes = faultKinds.map(({ code }) => code);
    const names = new Set(createProbes().map(({ name }) => name));

    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => !/^[a-z]+(-[a-z]+)*$/.test(code) || code.length > 60)).toEqual([]);
    expect(faultKinds.filter(({ meaning }) => Buffer.byteLength(meaning) > 256)).toEqual([]);
    expect(faultKinds.filter(({ meaning }) => !/^[A-Zb].{20,}\.$/.test(meaning)).map(({ code }) => code)).toEqual([]);
    expect(faultKinds.flatMap(({ triggers }) => triggers).filter((name) => !names.has(name))).toEqual([]);
  });

  it("stands in the documentation, code by code", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../../../docs/kernel-faults.md"), "utf8");
    const documented = [...page.matchAll(/^\| `([a-z-]+?)(?:-N)?` +\| (\w+) +\| (\w+) +\| (.+?) +\| (.+?) +\|$/gm)].map(
      ([, ...cells]) => cells,
    );

    expect(documented).toEqual(
      faultKinds.map(({ code, area, severity, meaning, triggers }) => [
        ...[code, area, severity, meaning],
        triggers.length === 0 ? "–" : triggers.map((name) => `\`${name}\``).join(", "),
      ]),
    );
  });

  it("tells of every Xid in the documentation what it means and what to do", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../../../docs/kernel-faults.md"), "utf8");
    const documented = [...page.matchAll(/^\| (\d+) +\| (\w+) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, ...cells]) => cells);

    expect(documented).toEqual(
      xids.map(({ number, severity, meaning, action }) => [`${number}`, severity, meaning, action === "" ? "–" : action]),
    );
  });

  it("anchors every form and says where its text was found", () => {
    expect(forms.filter(({ pattern }) => !pattern.source.startsWith("^") || pattern.flags !== "")).toEqual([]);
    expect(forms.filter(({ confirmed, format }) => confirmed === "" || format === "")).toEqual([]);
    // What could be looked up in a real kernel was.
    expect(forms.filter(({ confirmed }) => confirmed.startsWith("debian 6.1")).length).toBeGreaterThanOrEqual(95);
  });

  it("finds by the first character what trying every form finds", () => {
    const beginnings = forms.flatMap(({ example }) =>
      ["", "x: ", "nvme ", "(", "mce: ", "NMI ", "[", "{1}"].map((put) => put + example),
    );
    const changed = forms.flatMap(({ example }) => [
      example.slice(1),
      example.slice(4),
      example.toLowerCase(),
      example.toUpperCase(),
    ]);

    for (const message of [...beginnings, ...changed]) {
      expect(matchFault(message)?.kind.code, message).toBe(forms.find(({ pattern }) => pattern.test(message))?.code);
    }
  });

  it("reads a long message as quickly as a short one", () => {
    const tails = ["a".repeat(8_000), ": ".repeat(4_000), "0 ".repeat(4_000), "(".repeat(8_000)];
    const startedAt = performance.now();

    for (const { example } of forms)
      for (const tail of tails) {
        matchFault(example.slice(0, example.length / 2) + tail);
        matchFault(example + tail);
      }

    expect((performance.now() - startedAt) / (forms.length * tails.length * 2)).toBeLessThan(2);
  });

  it("survives any message, and gives devices that can be shown", () => {
    const changed = fc
      .tuple(fc.constantFrom(...forms), fc.nat(200), fc.string({ unit: "binary", maxLength: 40 }))
      .map(([{ example }, at, put]) => example.slice(0, at) + put + example.slice(at));

    fc.assert(
      fc.property(fc.oneof(changed, fc.string({ unit: "binary", maxLength: 300 })), (message) => {
        const match = matchFault(message);
        if (match === undefined) return;
        expect(match.code.length).toBeLessThanOrEqual(64);
        expect(Buffer.byteLength(match.device)).toBeLessThanOrEqual(128);
        expect(match.device).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 5_000 },
    );
  });
});
