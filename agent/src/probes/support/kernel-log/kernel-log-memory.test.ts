import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyKernelLog, foldKernelLog, type KernelLogMemory, maximumFaults, type RecordBatch } from "./kernel-log-memory.ts";

const reset = "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10";

function record(sequence: number, message: string, timestampUs = 0, priority = 3): string {
  return `${priority},${sequence},${timestampUs},-;${message}\n`;
}

function fold(memory: KernelLogMemory, records: readonly string[], more: Partial<RecordBatch> = {}): KernelLogMemory {
  const batch = { records, logMs: 100_000, uptimeMs: 100_000, maximumAgeMs: undefined, isAfterPause: false, ...more };
  return foldKernelLog(memory, batch);
}

describe("foldKernelLog", () => {
  it("remembers a fault of a device once, with how often it came", () => {
    const memory = fold(emptyKernelLog, [record(0, reset, 10_000_000), record(1, "quiet"), record(2, reset, 20_000_000)]);

    expect([...memory.faults.keys()]).toEqual(["nvme-controller-reset nvme0"]);
    expect(memory.faults.get("nvme-controller-reset nvme0")).toMatchObject({
      code: "nvme-controller-reset",
      device: "nvme0",
      message: reset,
      firstUptimeMs: 10_000,
      lastUptimeMs: 20_000,
      occurrences: 2,
    });
    expect(memory).toMatchObject({ records: 3, lost: 0, suppressed: 0, malformed: 0 });
  });

  it("tells faults of different devices apart", () => {
    const memory = fold(emptyKernelLog, [record(0, reset), record(1, reset.replace("nvme0", "nvme1"))]);

    expect([...memory.faults.keys()]).toEqual(["nvme-controller-reset nvme0", "nvme-controller-reset nvme1"]);
  });

  it("believes the kernel only: what programs write there is counted and not looked at", () => {
    const memory = fold(emptyKernelLog, [record(0, reset, 0, 8 + 3), record(1, reset, 0, 24 + 3)]);

    expect(memory.faults.size).toBe(0);
    expect(memory.records).toBe(2);
  });

  it("counts what was overwritten by the numbers of the records", () => {
    const memory = fold(fold(emptyKernelLog, [record(0, "a"), record(1, "b")]), [record(12, "c"), record(15, "d")]);

    expect(memory).toMatchObject({ records: 4, lost: 12, suppressed: 0 });
  });

  it("counts what was left unread on purpose apart from what was overwritten", () => {
    const memory = fold(fold(emptyKernelLog, [record(0, "a")]), [record(11, "b"), record(14, "c")], { isAfterPause: true });

    expect(memory).toMatchObject({ records: 3, suppressed: 10, lost: 2 });
  });

  it("does not call lost what was overwritten before it began", () => {
    expect(fold(emptyKernelLog, [record(5_000, "a")])).toMatchObject({ lost: 0, first: { sequence: 5_000 } });
  });

  it("passes over what it knows when the log is read from its beginning again", () => {
    const records = [record(0, reset), record(1, "b")];
    const memory = fold(fold(emptyKernelLog, records), [...records, record(2, reset)]);

    expect(memory.records).toBe(3);
    expect(memory.faults.get("nvme-controller-reset nvme0")?.occurrences).toBe(2);
  });

  it("counts what is no record and goes on", () => {
    const memory = fold(emptyKernelLog, ["garbage", record(0, reset), ""]);

    expect(memory).toMatchObject({ malformed: 2, records: 1 });
    expect(memory.faults.size).toBe(1);
  });

  it("leaves the map of faults as it is where nothing is added", () => {
    const memory = fold(emptyKernelLog, [record(0, reset)]);

    expect(fold(memory, [record(1, "quiet")]).faults).toBe(memory.faults);
  });

  it.each([
    { name: "by the log's clock", more: { logMs: 60_000, uptimeMs: 60_000 }, timestampUs: 50_000_000, expected: 50_000 },
    {
      name: "after suspends, by how long ago it was",
      more: { logMs: 60_000, uptimeMs: 160_000 },
      timestampUs: 50_000_000,
      expected: 150_000,
    },
    {
      name: "not before the last look, however the log's clock drifts",
      more: { logMs: 60_000, uptimeMs: 60_000, maximumAgeMs: 500 },
      timestampUs: 40_000_000,
      expected: 59_500,
    },
    { name: "not in the future", more: { logMs: 60_000, uptimeMs: 60_000 }, timestampUs: 70_000_000, expected: 60_000 },
    { name: "not before the start", more: { logMs: 60_000, uptimeMs: 50_000 }, timestampUs: 1, expected: 0 },
  ])("dates a record $name", ({ more, timestampUs, expected }) => {
    const memory = fold(emptyKernelLog, [record(0, reset, timestampUs)], more);

    expect(memory.faults.get("nvme-controller-reset nvme0")?.lastUptimeMs).toBe(expected);
  });

  it("forgets the least severe first, then the one that was silent for longest, and says how many", () => {
    const notices = Array.from({ length: 100 }, (_, index) => `usb 1-${index}: USB disconnect, device number 2`);
    const faults = Array.from({ length: 100 }, (_, index) => `block nvme${index}n1: no available path - failing I/O`);
    const records = [...faults, ...notices].map((message, index) => record(index, message, index * 1000));

    const memory = fold(emptyKernelLog, records);
    const codes = [...memory.faults.values()].map(({ code }) => code);

    expect(memory.faults.size).toBe(maximumFaults);
    expect(memory.forgottenFaults).toBe(200 - maximumFaults);
    expect(codes.filter((code) => code === "nvme-no-path")).toHaveLength(100);
    expect(memory.faults.has("usb-disconnect usb 1-99")).toBe(true);
    expect(memory.faults.has("usb-disconnect usb 1-0")).toBe(false);
  });

  it("stays small and throws at nothing, whatever the records are", () => {
    const head = fc
      .tuple(fc.nat(200), fc.nat(5_000), fc.nat())
      .map(([priority, sequence, time]) => `${priority},${sequence},${time},-;`);
    const device = fc.nat(500);
    const message = fc.oneof(
      fc.string({ unit: "binary", maxLength: 100 }),
      device.map((number) => `I/O error, dev sd${number}, sector 1`),
      device.map((number) => `usb 1-${number}: USB disconnect, device number 1`),
    );
    const raw = fc.oneof(
      fc.tuple(head, message).map(([before, text]) => before + text),
      fc.string({ unit: "binary" }),
    );

    fc.assert(
      fc.property(fc.array(fc.array(raw, { maxLength: 400 }), { maxLength: 5 }), (batches) => {
        const memory = batches.reduce<KernelLogMemory>((before, records) => fold(before, records), emptyKernelLog);
        expect(memory.faults.size).toBeLessThanOrEqual(maximumFaults);
        for (const count of [memory.records, memory.lost, memory.suppressed, memory.malformed])
          expect(count).toBeGreaterThanOrEqual(0);
        for (const fault of memory.faults.values()) {
          expect(Buffer.byteLength(fault.message)).toBeLessThanOrEqual(512);
          expect(fault.firstUptimeMs).toBeLessThanOrEqual(fault.lastUptimeMs);
        }
      }),
      { numRuns: 100 },
    );
  });
});
