import { describe, expect, it } from "vitest";
import type { SubjectBody } from "../api/node.ts";
import { fullMachine } from "../test-support/full-machine.ts";
import { fullMachineNowMs } from "../test-support/machine-subject.ts";
import {
  diskTroubles,
  filesystemUsedPercent,
  linkText,
  machineTroubles,
  overlayExcessBytes,
  selfTestText,
  storageChain,
  unknownsOf,
  wornPercent,
} from "./index.ts";

function aSubject(kind: string, value: SubjectBody["value"], samples: Readonly<Record<string, number>> = {}): SubjectBody {
  return { kind, id: "x", probe: "p", outcome: "ok", freshness: "fresh", ...(value && { value }), samples: { ...samples } };
}
const disk = (value: Record<string, unknown>): SubjectBody => aSubject("block_device", value);
const health = (value: Record<string, unknown>, samples?: Readonly<Record<string, number>>): SubjectBody =>
  aSubject("disk_health", value, samples);

describe("linkText", () => {
  const link = (rate: number, best: number, lanes: number, most: number): Record<string, unknown> => ({
    gigatransfersPerSecond: rate,
    maximumGigatransfersPerSecond: best,
    laneCount: lanes,
    maximumLaneCount: most,
  });

  it.each([
    { value: { bus: "nvme", pcieLink: link(8, 8, 4, 4) }, expected: "PCIe 3 ×4" },
    { value: { bus: "nvme", pcieLink: link(5, 5, 1, 4) }, expected: "PCIe 2 ×1 of 4" },
    { value: { bus: "nvme", pcieLink: link(5, 16, 1, 4) }, expected: "PCIe 2 ×1 of 4 ×4" },
    { value: { bus: "nvme", pcieLink: link(5, 16, 4, 4) }, expected: "PCIe 2 of 4 ×4" },
    { value: { bus: "nvme", pcieLink: { address: "0000:01:00.0", isSuspended: true } }, expected: "PCIe, asleep" },
    { value: { bus: "nvme", pcieLink: { address: "0000:01:00.0" } }, expected: "nvme" },
    { value: { bus: "usb", usbBridge: { speedBitsPerSecond: 480_000_000 } }, expected: "USB 480 Mbit/s" },
    { value: { bus: "usb", usbBridge: {} }, expected: "USB" },
    { value: { bus: "sata" }, expected: "sata" },
    { value: {}, expected: "" },
  ])("$expected", ({ value, expected }) => expect(linkText(disk(value))).toBe(expected));

  it("states a link that is slower than it could be, and calls it no trouble: a Raspberry Pi has one lane", () => {
    expect(diskTroubles(disk({ pcieLink: link(5, 8, 1, 4) }), undefined)).toEqual([]);
  });
});

describe("diskTroubles", () => {
  it("finds nothing wrong where nothing is known, and with a healthy disk that has a past", () => {
    expect(diskTroubles(disk({}), undefined)).toEqual([]);
    expect(diskTroubles(disk({}), health({}))).toEqual([]);
    const old = {
      status: "passed",
      nvme: { criticalWarning: 0, unsafeShutdowns: 400, errorInformationLogEntries: 9000, percentageUsed: 60 },
    };
    expect(diskTroubles(disk({}), health(old))).toEqual([]);
  });

  it("says each bit of NVMe's critical warning", () => {
    const hot = { compositeTemperatureCelsius: 85 };
    const texts = [0, 1, 2, 3, 4, 5, 6].map((bit) =>
      diskTroubles(disk({}), health({ nvme: { ...hot, criticalWarning: 1 << bit } })),
    );

    expect(texts.map((troubles) => troubles.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    // As loud as the collector's rule nvme-critical-warning.
    expect(texts.map(([trouble]) => trouble?.level)).toEqual(["high", "medium", "high", "high", "medium", "medium", "low"]);
    expect(new Set(texts.map(([trouble]) => trouble?.text)).size).toBe(7);
  });

  it("suspects the sensor of a disk that warns of heat which nothing else shows (Samsung 980, smartmontools issue 637)", () => {
    const levels = [
      { compositeTemperatureCelsius: 40, criticalWarning: 2 },
      { compositeTemperatureCelsius: 84, criticalWarning: 2, temperatureSensorsCelsius: [84, 40] },
    ].map((nvme) => diskTroubles(disk({}), health({ nvme }, { temperature_celsius: nvme.compositeTemperatureCelsius })));

    expect(levels).toMatchObject([[{ level: "low" }], [{ level: "low" }]]);
  });

  it.each([
    { name: "Reallocated_Sector_Ct", isPrefailure: true, level: "high" },
    { name: "Load_Cycle_Count", isPrefailure: false, level: "medium" },
    { name: "Airflow_Temperature_Cel", isPrefailure: false, level: "low" },
  ])("says an attribute at its threshold as loud as the rule disk-declares-failure: $name", ({ level, ...attribute }) => {
    const ataAttributes = [{ id: 1, whenFailed: "now", ...attribute }];

    expect(diskTroubles(disk({}), health({ ataAttributes }))).toMatchObject([{ level }]);
  });

  it("says spare below its threshold once, by the bit or by the numbers", () => {
    const low = { availableSparePercent: 3, availableSpareThresholdPercent: 10 };

    expect(diskTroubles(disk({}), health({ nvme: low }))).toHaveLength(1);
    expect(diskTroubles(disk({}), health({ nvme: { ...low, criticalWarning: 1 } }))).toHaveLength(1);
    expect(diskTroubles(disk({}), health({ nvme: { ...low, availableSparePercent: 20 } }))).toMatchObject([{ level: "medium" }]);
    expect(diskTroubles(disk({}), health({ nvme: { ...low, availableSparePercent: 21 } }))).toEqual([]);
  });

  it.each([
    { celsius: 81, expected: [] },
    { celsius: 82, expected: ["medium"] },
    { celsius: 85, expected: ["high"] },
  ])("judges $celsius °C by the disk's own limits", ({ celsius, expected }) => {
    const limits = { warningCompositeTemperatureThresholdCelsius: 82, criticalCompositeTemperatureThresholdCelsius: 85 };

    const troubles = diskTroubles(disk({}), health({ nvme: limits }, { temperature_celsius: celsius }));

    expect(troubles.map((trouble) => trouble.level)).toEqual(expected);
  });

  it("tells wear from 80 % on, and of a card its reserve", () => {
    const ofCard = (flashLife: object) => diskTroubles(disk({ flashLife }), undefined).map(({ level }) => level);

    expect([79, 80, 90, 104].map((percentageUsed) => diskTroubles(disk({}), health({ nvme: { percentageUsed } })))).toMatchObject(
      [[], [{ level: "low" }], [{ level: "medium" }], [{ level: "medium" }]],
    );
    expect(ofCard({ usedTypeBPercent: 80, reserveState: "normal" })).toEqual([]);
    expect(ofCard({ usedTypeAPercent: 90, reserveState: "urgent" })).toEqual(["medium", "low"]);
  });

  it("gives advice on a bridge once, as something worth knowing", () => {
    const troubles = diskTroubles(disk({ usbBridge: { knownTrouble: "It resets." } }), health({ knownTrouble: ["It resets."] }));

    expect(troubles).toEqual([{ level: "low", text: "It resets" }]);
  });
});

describe("wornPercent", () => {
  it("takes the disk's word, and a measured zero for what it is", () => {
    expect(wornPercent(disk({}), health({ nvme: { percentageUsed: 0 } }))).toBe(0);
    expect(wornPercent(disk({}), health({ ata: { percentageUsed: 12 } }))).toBe(12);
    expect(wornPercent(disk({}), health({}))).toBeUndefined();
    expect(wornPercent(disk({}), undefined)).toBeUndefined();
  });
});

describe("selfTestText", () => {
  it("tells the newest test, or the one that runs", () => {
    const tests = [
      { type: "short", result: "aborted", powerOnHours: 12_345 },
      { type: "extended", result: "passed" },
    ];

    expect(selfTestText(health({ selfTestLog: { tests } }))).toBe("short self-test aborted at 12,345 h");
    expect(selfTestText(health({ selfTestLog: { tests, remainingPercent: 40 } }))).toBe("a self-test runs, 40 % are left");
    expect(selfTestText(health({ selfTestLog: {} }))).toBe("");
    expect(selfTestText(health({}))).toBe("");
  });
});

describe("storageChain", () => {
  const filesystem = (id: string): SubjectBody =>
    fullMachine().find((one) => one.kind === "filesystem" && one.id === id) ?? disk({});

  it("goes down through LVM and crypt to the partition", () => {
    expect(storageChain(filesystem("/"), fullMachine())).toEqual(["vg0/root", "crypt cryptroot", "nvme0n1p3"]);
  });

  it("names the members of an array side by side", () => {
    expect(storageChain(filesystem("/srv"), fullMachine())).toEqual(["md0", "sda1 + sdb1"]);
  });

  it("ends in a circle, and falls back to the source", () => {
    const circle = disk({ name: "dm-0", slaves: ["dm-0"] });

    expect(storageChain(aSubject("filesystem", { deviceName: "dm-0" }), [circle]).length).toBeLessThan(20);
    expect(storageChain(aSubject("filesystem", { source: "nas:/export" }), [])).toEqual(["nas:/export"]);
  });
});

describe("filesystemUsedPercent", () => {
  it("is unknown while one of its numbers is", () => {
    expect(filesystemUsedPercent(aSubject("filesystem", {}, { used_bytes: 1 }))).toBeUndefined();
    expect(filesystemUsedPercent(aSubject("filesystem", {}, { used_bytes: 0, available_bytes: 0 }))).toBeUndefined();
    expect(filesystemUsedPercent(aSubject("filesystem", {}, { used_bytes: 1, available_bytes: 3 }))).toBe(25);
  });
});

describe("overlayExcessBytes", () => {
  it("counts what the backend puts around each packet", () => {
    const overlay = (mtuBytes: number, backend = "vxlan"): SubjectBody =>
      aSubject("overlay_network", { backend, mtuBytes, underlyingMtuBytes: 1280 });

    expect(overlayExcessBytes(overlay(1230))).toBeUndefined();
    expect(overlayExcessBytes(overlay(1231))).toBe(1);
    expect(overlayExcessBytes(overlay(1280, "host-gw"))).toBeUndefined();
    expect(overlayExcessBytes(aSubject("overlay_network", { backend: "vxlan" }))).toBeUndefined();
  });
});

describe("machineTroubles", () => {
  it("says nothing of an array that is gone", () => {
    const array = { ...disk({ name: "md9", raidArray: { level: "raid1", degradedCount: 1 } }), outcome: "absent" as const };

    expect(machineTroubles([array], fullMachineNowMs)).toEqual([]);
    expect(machineTroubles([{ ...array, outcome: "ok" }], fullMachineNowMs)).toHaveLength(1);
  });

  it("tells what the kernel said of one device once", () => {
    const texts = machineTroubles(fullMachine(), fullMachineNowMs).map(({ place, text }) => `${place}: ${text}`);

    expect(texts).toContain("nvme1: the kernel told of nvme controller reset (1,200 times), last 3 h ago");
    expect(texts.filter((text) => text.includes("link flap"))).toEqual([]);
  });

  it("leaves full filesystems alone that are meant to be full, or are full elsewhere", () => {
    const full = { used_bytes: 99, available_bytes: 1 };
    const of = (value: Record<string, unknown>): readonly string[] =>
      machineTroubles([aSubject("filesystem", value, full)], 0).map(({ level }) => level);

    expect(of({})).toEqual(["high"]);
    expect(of({ isReadOnly: true })).toEqual([]);
    expect(of({ isRemote: true })).toEqual([]);
  });

  it("forgets boots that ended without a shutdown after a week", () => {
    const week = 7 * 86_400_000;
    const boots = [{ startedAtUnixMs: fullMachineNowMs - week - 1 }, { wasShutDown: false }];

    expect(machineTroubles([aSubject("boot_history", { boots })], fullMachineNowMs)).toEqual([]);
    expect(machineTroubles([aSubject("boot_history", { boots })], fullMachineNowMs - 1)).toHaveLength(1);
  });
});

describe("unknownsOf", () => {
  const probe = {
    observedAt: "2026-01-01T00:00:00.000Z",
    receivedAt: "2026-01-01T00:00:00.000Z",
    intervalMs: 60_000,
    durationMs: 1,
  };
  const failure = { code: "HOST_READ_FAILED", message: "EIO" };

  it("says that processes on a GPU may be hidden, of which no finding speaks", () => {
    const hidden = { code: "GPU_PROCESSES_HIDDEN", message: "processes may use the GPU unseen; give the container hostPID" };
    const unknowns = unknownsOf({
      probes: [{ ...probe, name: "gpu", outcome: "ok", freshness: "fresh" }],
      lists: [{ kind: "gpu_process", probe: "gpu", isComplete: false, failure: hidden }],
      subjects: [],
    });

    expect(unknowns).toMatchObject([{ probe: "gpu", kind: "gpu_process", code: "GPU_PROCESSES_HIDDEN" }]);
  });

  it("names a failed probe alone, and what failed of a probe that speaks", () => {
    const failed = { ...aSubject("sensor", undefined), outcome: "failed" as const, failure };
    const of = (outcome: "ok" | "failed") =>
      unknownsOf({
        probes: [{ ...probe, name: "p", outcome, freshness: "fresh", failure }],
        lists: [{ kind: "sensor", probe: "p", isComplete: false, failure }],
        subjects: [failed],
      });

    expect(of("failed").map(({ kind }) => kind)).toEqual([undefined]);
    expect(of("ok")).toEqual([
      { probe: "p", kind: "sensor", reason: "the list is not complete: EIO (HOST_READ_FAILED)", code: "HOST_READ_FAILED" },
      { probe: "p", kind: "sensor", id: "x", reason: "EIO (HOST_READ_FAILED)", code: "HOST_READ_FAILED" },
    ]);
  });
});
