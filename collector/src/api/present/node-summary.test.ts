import { BlockDeviceType, GpuPower } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../../state/holder.ts";
import { viewNode } from "../../state/node-view.ts";
import { aFinding } from "../test-support/fake-findings.ts";
import { aFailedReading, aReading, Machine, type Reading } from "../test-support/machine.ts";
import { diskReadings, sensorReadings, systemReadings } from "../test-support/readings.ts";
import { nodeSummary } from "./node-summary.ts";

const startMs = Date.UTC(2026, 0, 1);

/** The summary of a machine after these observations, at a moment. */
function summaryOf(observe: (machine: Machine) => readonly ReturnType<Machine["observe"]>[], nowMs = startMs) {
  const machine = new Machine("neko");
  const state = createStateHolder([]);
  for (const event of [machine.connect(startMs), ...observe(machine)]) state.apply(event);
  const node = state.node("neko");
  if (node === undefined) throw new Error("the machine did not report");
  return nodeSummary(viewNode(node, nowMs), []);
}

function withDisks(readings: readonly Reading[], incomplete: readonly string[] = []) {
  return summaryOf((machine) => [machine.observe("disks", readings, startMs, incomplete)]);
}

describe("nodeSummary", () => {
  it("gathers facts and numbers of all probes", () => {
    const summary = summaryOf((machine) => [
      machine.observe("system", systemReadings(1000, 0.5), startMs - 15_000),
      machine.observe("system", systemReadings(1016, 0.75), startMs),
      machine.observe("disks", diskReadings(40), startMs),
      machine.observe("sensors", sensorReadings(51.5), startMs),
    ]);

    expect(summary).toEqual({
      name: "neko",
      status: "ok",
      reason: "nothing wrong was found",
      freshness: "fresh",
      isConnected: true,
      lastContactAt: "2026-01-01T00:00:00.000Z",
      agentVersion: "0.1.0",
      proof: "unproven",
      operatingSystem: "Debian GNU/Linux 12 (bookworm)",
      architecture: "x86_64",
      board: "AZW SER5",
      cpuModel: "AMD Ryzen 7 5825U",
      logicalCpuCount: 16,
      loadAverage1m: 0.75,
      cpuUsedPercent: 25,
      memoryTotalBytes: 34_359_738_368,
      memoryAvailableBytes: 21_474_836_480,
      uptimeSeconds: 1016,
      diskCount: 2,
      fullestFilesystem: { mountPoint: "/", usedPercent: 40 },
      hottestSensor: { label: "k10temp Tctl", temperatureCelsius: 51.5 },
      findingCounts: { high: 0, medium: 0, low: 0 },
    });
  });

  it("leaves out everything that was never read", () => {
    expect(Object.keys(summaryOf(() => []))).toEqual([
      "name",
      "status",
      "reason",
      "freshness",
      "isConnected",
      "lastContactAt",
      "agentVersion",
      "proof",
      "findingCounts",
    ]);
  });

  it("does not count disks by a list that is not complete", () => {
    expect(withDisks(diskReadings(), ["block_device"]).diskCount).toBeUndefined();
  });

  it("does not count disks while one device could not be read", () => {
    expect(withDisks([...diskReadings(), aFailedReading("block_device", "sdb", "EIO")]).diskCount).toBeUndefined();
  });

  it("counts no disks when a complete list has none", () => {
    const loop = aReading("block_device", "loop0", { case: "blockDevice", value: { name: "loop0", type: BlockDeviceType.LOOP } });

    expect(withDisks([loop]).diskCount).toBe(0);
  });

  it("forgets a disk and a filesystem that a complete list no longer has", () => {
    const summary = summaryOf((machine) => [
      machine.observe("disks", diskReadings(40), startMs),
      machine.observe(
        "disks",
        diskReadings(40).filter(({ subject }) => subject.id !== "/" && subject.id !== "wwn.0002"),
        startMs + 1000,
      ),
    ]);

    expect(summary.diskCount).toBe(1);
    expect(summary.fullestFilesystem).toEqual({ mountPoint: "/data", usedPercent: 10 });
  });

  it("does not show an old number beside new ones", () => {
    const nowMs = startMs + 600_000;
    const summary = summaryOf(
      (machine) => [
        machine.observe("sensors", sensorReadings(), startMs),
        machine.observe("disks", diskReadings(40), nowMs),
        machine.contact(nowMs),
      ],
      nowMs,
    );

    expect(summary.freshness).toBe("fresh");
    expect(summary.hottestSensor).toBeUndefined();
    expect(summary.fullestFilesystem?.usedPercent).toBe(40);
  });

  it("shows the last numbers of a silent node, which its freshness marks", () => {
    const summary = summaryOf(
      (machine) => [machine.observe("sensors", sensorReadings(51.5), startMs), machine.disconnect(startMs, "shutdown")],
      startMs + 3_600_000,
    );

    expect(summary).toMatchObject({ status: "unknown", freshness: "stale", isConnected: false });
    expect(summary.hottestSensor?.temperatureCelsius).toBe(51.5);
  });

  it("does not name the vendor twice", () => {
    const board = aReading("board", "", {
      case: "board",
      value: { vendor: "Raspberry Pi Ltd", productName: "Raspberry Pi 5 Model B Rev 1.0" },
    });

    expect(summaryOf((machine) => [machine.observe("system", [board], startMs)]).board).toBe("Raspberry Pi 5 Model B Rev 1.0");
  });

  it("counts findings that fire and are no consequence of others", () => {
    const machine = new Machine("neko");
    const state = createStateHolder([]);
    state.apply(machine.connect(startMs));
    const node = state.node("neko");
    if (node === undefined) throw new Error("the machine did not report");

    const summary = nodeSummary(viewNode(node, startMs), [
      aFinding("neko", { id: "a" }),
      aFinding("neko", { id: "b", state: "pending" }),
      aFinding("neko", { id: "c", severity: "low" }),
      aFinding("neko", { id: "d", suppressedBy: "a" }),
      aFinding("neko", { id: "e", attention: { isQuiet: true, isSetAside: true, decisions: [] } }),
    ]);

    expect(summary.findingCounts).toEqual({ high: 1, medium: 0, low: 1 });
    expect(summary.status).toBe("failed");
  });

  it("tells each GPU's verdict, the free memory of one that sleeps, and none of one that does not answer", () => {
    const asleep = "0000:01:00.0";
    const lost = "0000:02:00.0";
    const gpu = (id: string, power: GpuPower): Reading =>
      aReading("gpu", id, { case: "gpu", value: { vendor: "nvidia", productName: `Example ${id}`, driver: "nvidia", power } });
    const { gpus } = summaryOf((machine) => [
      machine.observe(
        "gpu",
        [
          gpu(asleep, GpuPower.ASLEEP),
          aReading(
            "gpu_status",
            asleep,
            { case: "gpuStatus", value: { memoryTotalBytes: 4n << 30n } },
            { memory_used_bytes: 1 << 30 },
          ),
          gpu(lost, GpuPower.AWAKE),
          aFailedReading("gpu_status", lost, "it does not answer", "GPU_LOST"),
        ],
        startMs,
      ),
    ]);

    expect(gpus).toEqual([
      { id: asleep, name: `Example ${asleep}`, verdict: "asleep", memoryTotalBytes: 2 ** 32, memoryFreeBytes: 2 ** 32 },
      { id: lost, name: `Example ${lost}`, verdict: "unavailable", problem: "lost" },
    ]);
    expect(withDisks(diskReadings(40)).gpus).toBeUndefined();
  });

  it("has no GPU of a server whose adapter only draws, nor of a virtual machine", () => {
    const adapter = (vendor: string): Reading =>
      aReading("gpu", "0000:03:00.0", { case: "gpu", value: { vendor, driver: "ast", power: GpuPower.AWAKE } });

    for (const vendor of ["other", "virtual"]) {
      expect(summaryOf((machine) => [machine.observe("gpu", [adapter(vendor)], startMs)]).gpus).toBeUndefined();
    }
  });
});
