import { HealthStatus, Outcome, PowerState, type Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import { checkArguments } from "../host/check-arguments.ts";
import { commands } from "../host/commands.ts";
import type { CommandResult } from "../host/host.ts";
import type { Payload } from "../payload.ts";
import type { LastReadAt } from "../probe.ts";
import { smart } from "./smart.ts";
import { addDisk, addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { denied, type FakeProgram, TreeHost } from "./test-support/tree-host.ts";

const nvmeAnswer = {
  device: { protocol: "NVMe" },
  model_name: "Samsung SSD 980 PRO 1TB",
  smart_status: { passed: true },
  nvme_composite_temperature_threshold: { warning: 82, critical: 85 },
  nvme_smart_health_information_log: {
    critical_warning: 0,
    temperature: 41,
    percentage_used: 3,
    available_spare: 100,
    power_on_hours: 99,
  },
  temperature: { current: 41 },
  power_on_time: { hours: 99 },
};
const ataAnswer = {
  device: { protocol: "ATA" },
  smart_status: { passed: true },
  ata_smart_attributes: {
    table: [{ id: 9, name: "Power_On_Hours", value: 99, worst: 99, raw: { value: 9023116403587028, string: "1h" } }],
  },
  temperature: { current: 31 },
  power_on_time: { hours: 1234 },
};

let host: TreeHost;

beforeEach(() => {
  host = new TreeHost();
  host.add("/sys/block", {});
  host.entries.set("/sys/block/ram0/size", "8192\n");
});

function answering(answers: Readonly<Record<string, object | string>>, exitCode = 0): FakeProgram {
  return async (args) => {
    checkArguments("smartctl", commands.smartctl, args);
    const answer = answers[args.at(-1) ?? ""];
    if (answer === undefined) throw new AppError("HOST_COMMAND_FAILED", `no answer for ${args.at(-1)}`);
    return { exitCode, stdout: typeof answer === "string" ? answer : JSON.stringify(answer), stderr: "" };
  };
}

async function run(lastReadAt?: LastReadAt): Promise<Payload | undefined> {
  return smart.parse(await smart.read(host, new AbortController().signal, lastReadAt));
}

async function subjectOf(id: string): Promise<Subject | undefined> {
  return (await run())?.subjects.find((each) => each.id === id);
}

describe("smart", () => {
  it("reads an NVMe controller once, for each of its namespaces", async () => {
    addNvme(host, 0);
    const controller = "/sys/devices/pci0000:00/0000:00:00.0/nvme/nvme0";
    addDisk(host, `${controller}/nvme0n2`, { dev: "259:9\n", wwid: "eui.2\n", nsid: "2\n" }, {});
    host.programs.set("smartctl", answering({ "/dev/nvme0": nvmeAnswer }));

    const payload = await run();

    expect(host.calls).toEqual([
      "smartctl --json=co --info --health --attributes --capabilities --log=selftest -d nvme /dev/nvme0",
    ]);
    expect(payload?.subjects.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["eui.0000000000000001", Outcome.OK],
      ["eui.2", Outcome.OK],
    ]);
    expect(payload?.subjects[0]?.value).toMatchObject({
      case: "diskHealth",
      value: {
        device: "/dev/nvme0",
        protocol: "NVMe",
        modelName: "Samsung SSD 980 PRO 1TB",
        status: HealthStatus.PASSED,
        powerState: PowerState.UNSPECIFIED,
        temperatureCelsius: 41,
        powerOnHours: 99n,
        nvme: { warningCompositeTemperatureThresholdCelsius: 82, criticalCompositeTemperatureThresholdCelsius: 85 },
      },
    });
    expect(payload?.samples.filter(({ id }) => id === "eui.2").map(({ name, value }) => [name, value])).toEqual([
      ["temperature_celsius", 41],
      ["power_on_hours", 99],
      ["available_spare_percent", 100],
      ["percentage_used", 3],
    ]);
    expect(payload?.lists).toMatchObject([{ kind: "disk_health", isComplete: true }]);
  });

  it("reads a namespace that several controllers reach by one of them", async () => {
    const subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0";
    addDisk(host, `${subsystem}/nvme0n1`, { wwid: "uuid.1\n" }, { model: "SAMSUNG MZPLL3T2HAJQ\n", serial: "S4CC\n" });
    for (const name of ["nvme1", "nvme2"]) {
      host.add("/sys/class/nvme", { [name]: { link: `/sys/devices/pci0000:00/${name}` } });
      host.add(`/sys/devices/pci0000:00/${name}`, { transport: "pcie\n" });
      host.add(subsystem, { [name]: { link: `/sys/devices/pci0000:00/${name}` } });
    }
    host.programs.set("smartctl", answering({ "/dev/nvme1": nvmeAnswer }));

    expect((await run())?.subjects.map(({ id, outcome }) => [id, outcome])).toEqual([["uuid.1", Outcome.OK]]);
    expect(host.calls.length).toBe(1);
  });

  it("asks disks in the form of their attachment, and USB bridges for no more than is safe", async () => {
    addSata(host, "a");
    addUsb(host, "b", "2-1");
    const sas = "/sys/devices/pci0000:00/0000:03:00.0/host9/port-9:0/end_device-9:0/target9:0:0/9:0:0:0";
    addDisk(host, `${sas}/block/sdc`, {}, { vendor: "SEAGATE \n", model: "ST4000NM0023\n", wwid: "naa.5000c500\n" });
    host.programs.set("smartctl", answering({ "/dev/sda": ataAnswer, "/dev/sdb": ataAnswer, "/dev/sdc": ataAnswer }));

    await run();

    expect(host.calls.toSorted()).toEqual([
      "smartctl --json=c --info --health --attributes --capabilities -n standby,3 --log=selftest --log=devstat -d sat /dev/sda",
      "smartctl --json=c --info --health --attributes -n standby,3 /dev/sdb",
      "smartctl --json=co --info --health --attributes -n standby,3 --log=error --log=selftest --log=ssd -d scsi /dev/sdc",
    ]);
  });

  it("keeps raw values exact beyond 2^53", async () => {
    addSata(host, "a");
    const text = JSON.stringify(ataAnswer).replace("9023116403587028", "13997186748561227");
    host.programs.set("smartctl", answering({ "/dev/sda": text }));

    expect((await subjectOf("naa.50014ee2000000a1"))?.value).toMatchObject({
      value: { ataAttributes: [{ id: 9, rawValue: 13997186748561227n }], powerState: PowerState.ACTIVE },
    });
  });

  it("asks disks at the same time, but disks of one USB bridge one after the other", async () => {
    addUsb(host, "b", "2-1", 0, { wwid: "naa.b\n" });
    addUsb(host, "c", "2-1", 1, { wwid: "naa.c\n" });
    addSata(host, "a");
    const asked: string[] = [];
    const waiting: (() => void)[] = [];
    host.programs.set("smartctl", async (args) => {
      asked.push(args.at(-1) ?? "");
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { exitCode: 0, stdout: JSON.stringify(ataAnswer), stderr: "" };
    });

    const running = run();
    await until(() => waiting.length === 2);
    expect(asked.toSorted()).toEqual(["/dev/sda", "/dev/sdb"]);
    for (const resume of waiting.splice(0)) resume();
    await until(() => waiting.length === 1);
    expect(asked.at(-1)).toBe("/dev/sdc");
    for (const resume of waiting.splice(0)) resume();

    expect((await running)?.subjects.map(({ outcome }) => outcome)).toEqual([Outcome.OK, Outcome.OK, Outcome.OK]);
  });
});

describe("smart, on disks that have no health to tell", () => {
  it("does not ask virtual disks, LUNs, eMMC and empty readers, and is absent where there is nothing else", async () => {
    addDisk(host, "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", { serial: "root" }, {});
    addDisk(
      host,
      "/sys/devices/platform/host3/session1/target3:0:0/3:0:0:1/block/sdc",
      {},
      { vendor: "IET     \n", wwid: "naa.6\n" },
    );
    addDisk(
      host,
      "/sys/devices/platform/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0",
      {},
      { name: "SC64G\n", serial: "0x83\n" },
    );
    const reader = "/sys/devices/pci0000:00/usb1/1-2/1-2:1.0/host4/target4:0:0/4:0:0:0";
    addDisk(host, `${reader}/block/sdd`, { size: "0\n", removable: "1\n" }, { vendor: "Generic \n", model: "Reader\n" });

    expect(await run()).toBeUndefined();
    expect(host.calls).toEqual([]);
  });

  it("says absent of such a disk beside one that has health to tell", async () => {
    addDisk(host, "/sys/devices/pci0000:00/0000:00:02.0/virtio1/block/vda", { serial: "root" }, {});
    addNvme(host, 0);
    host.programs.set("smartctl", answering({ "/dev/nvme0": nvmeAnswer }));

    const payload = await run();

    expect(payload?.subjects.map(({ id, outcome }) => [id, outcome])).toEqual([
      ["eui.0000000000000001", Outcome.OK],
      ["serial:root", Outcome.ABSENT],
    ]);
    expect(payload?.lists).toMatchObject([{ isComplete: true }]);
  });

  it("reads a virtual NVMe disk that keeps a health log, and says absent of one that keeps none", async () => {
    addNvme(host, 0);
    host.entries.set("/sys/devices/pci0000:00/0000:00:00.0/nvme/nvme0/model", "QEMU NVMe Ctrl\n");
    host.programs.set("smartctl", answering({ "/dev/nvme0": nvmeAnswer }));
    expect(await subjectOf("eui.0000000000000001")).toMatchObject({ outcome: Outcome.OK });

    host.programs.set("smartctl", answering({ "/dev/nvme0": { device: { protocol: "NVMe" } } }, 4));
    expect(await run()).toBeUndefined();

    host.programs.clear();
    expect(await run()).toBeUndefined();
  });

  it.each([
    { name: "says that it has no SMART", answer: { smart_support: { available: false } }, exitCode: 0 },
    { name: "says so in the form of old versions", answer: { smart_support: false }, exitCode: 0 },
    {
      name: "is behind a bridge that lets none through",
      answer: { smartctl: { messages: [{ string: "/dev/sda: Unsupported USB bridge [0x0781:0x5571 (0x100)]" }] } },
      exitCode: 1,
    },
  ])("says absent of a disk that $name", async ({ answer, exitCode }) => {
    addSata(host, "a");
    addSata(host, "b");
    const program = answering({ "/dev/sda": answer, "/dev/sdb": ataAnswer });
    host.programs.set("smartctl", async (args, options) => {
      const result = await program(args, options);
      return { ...result, exitCode: args.at(-1) === "/dev/sda" ? exitCode : 0 };
    });

    expect(await subjectOf("naa.50014ee2000000a1")).toMatchObject({ outcome: Outcome.ABSENT });
  });
});

describe("smart, on disks that are to be left alone", () => {
  const asleep = {
    device: { protocol: "ATA" },
    smartctl: { messages: [{ string: "Device is in STANDBY mode, exit(3)", severity: "information" }] },
  };

  it("says of a disk in standby that it sleeps, and leaves the rest to its last reading", async () => {
    addSata(host, "a");
    host.programs.set("smartctl", answering({ "/dev/sda": asleep }, 3));

    const payload = await run();

    const value = payload?.subjects[0]?.value;
    expect(payload?.subjects[0]?.outcome).toBe(Outcome.OK);
    expect(value).toMatchObject({
      value: { device: "/dev/sda", protocol: "ATA", powerState: PowerState.STANDBY, modelName: "" },
    });
    expect(value?.case === "diskHealth" ? value.value.temperatureCelsius : 0).toBeUndefined();
    expect(payload?.carried).toEqual([{ kind: "disk_health", id: "naa.50014ee2000000a1" }]);
    expect(payload?.samples).toEqual([]);
  });

  it("does not even open a disk that the kernel has suspended", async () => {
    addSata(host, "a", {}, { "power/runtime_status": "suspended\n" });

    const payload = await run();

    expect(host.calls).toEqual([]);
    expect(payload?.subjects[0]?.value).toMatchObject({ value: { powerState: PowerState.STANDBY } });
    expect(payload?.carried).toEqual([{ kind: "disk_health", id: "naa.50014ee2000000a1" }]);
  });

  const now = Date.UTC(2026, 0, 1);
  const minutesMs = 60_000;

  it.each([
    {
      name: "a spinning disk that was read 50 minutes ago",
      add: () => addSata(host, "a"),
      ageMs: 50 * minutesMs,
      isAsked: false,
    },
    { name: "a spinning disk that was read an hour ago", add: () => addSata(host, "a"), ageMs: 60 * minutesMs, isAsked: true },
    {
      name: "a flash disk that was just read",
      add: () => addSata(host, "a", { "queue/rotational": "0\n" }),
      ageMs: 0,
      isAsked: true,
    },
    {
      name: "a USB disk that was read five hours ago",
      add: () => addUsb(host, "a", "2-1", 0, { wwid: "naa.50014ee2000000a1\n" }),
      ageMs: 300 * minutesMs,
      isAsked: false,
    },
    {
      name: "a USB disk that was read six hours ago",
      add: () => addUsb(host, "a", "2-1", 0, { wwid: "naa.50014ee2000000a1\n" }),
      ageMs: 360 * minutesMs,
      isAsked: true,
    },
    {
      name: "a spinning disk that was read in the future, before the clock was set back",
      add: () => addSata(host, "a"),
      ageMs: -minutesMs,
      isAsked: true,
    },
  ])("asks $name: $isAsked", async ({ add, ageMs, isAsked }) => {
    add();
    host.programs.set("smartctl", answering({ "/dev/sda": ataAnswer }));

    const payload = await run((kind, id) => (kind === "disk_health" && id === "naa.50014ee2000000a1" ? now - ageMs : undefined));

    expect(host.calls.length).toBe(isAsked ? 1 : 0);
    expect(payload?.subjects).toMatchObject([{ outcome: Outcome.OK, value: { value: { device: "/dev/sda" } } }]);
    expect(payload?.carried?.length).toBe(isAsked ? 0 : 1);
  });
});

describe("smart, where something cannot be read", () => {
  it("fails each physical disk where smartctl is missing, and says what to install", async () => {
    addNvme(host, 0);
    addSata(host, "a");

    const payload = await run();

    expect(payload?.subjects.map(({ outcome, failure }) => [outcome, failure?.code, failure?.message])).toEqual([
      [
        Outcome.FAILED,
        "HOST_COMMAND_MISSING",
        "the health of /dev/nvme0 cannot be read: smartctl is not installed; install the package smartmontools",
      ],
      [
        Outcome.FAILED,
        "HOST_COMMAND_MISSING",
        "the health of /dev/sda cannot be read: smartctl is not installed; install the package smartmontools",
      ],
    ]);
    expect(payload?.lists).toMatchObject([{ isComplete: true }]);
  });

  it.each<{ name: string; result: Partial<CommandResult>; code: string; says: string }>([
    {
      name: "prints nothing",
      result: { exitCode: 2, stderr: "boom" },
      code: "HOST_ANSWER_MALFORMED",
      says: "printed nothing about /dev/sda (exit status 2): boom",
    },
    {
      name: "prints garbage",
      result: { stdout: "\u0000{{{" },
      code: "HOST_ANSWER_MALFORMED",
      says: "smartctl's answer about /dev/sda is not JSON",
    },
    {
      name: "is cut off",
      result: { stdout: '{"smart_status":{"passed":tr' },
      code: "HOST_ANSWER_MALFORMED",
      says: "is not JSON",
    },
    { name: "nests without end", result: { stdout: "[".repeat(100_000) }, code: "HOST_ANSWER_MALFORMED", says: "is not JSON" },
    {
      name: "prints JSON of another shape",
      result: { stdout: '["a", null, {"b": 1}]' },
      code: "HOST_ANSWER_MALFORMED",
      says: "told nothing of the health",
    },
    {
      name: "is too old for JSON",
      result: { exitCode: 1, stdout: "=======> UNRECOGNIZED OPTION: json=c\n" },
      code: "HOST_NOT_SUPPORTED",
      says: "older than 7.0",
    },
    {
      name: "may not open the disk",
      result: {
        exitCode: 2,
        stdout: '{"smartctl":{"messages":[{"string":"Smartctl open device: /dev/sda failed: Permission denied"}]}}',
      },
      code: "HOST_PERMISSION_DENIED",
      says: "needs root",
    },
    {
      name: "finds SMART switched off",
      result: { exitCode: 4, stdout: '{"device":{"protocol":"ATA"},"smart_support":{"available":true,"enabled":false}}' },
      code: "HOST_NOT_SUPPORTED",
      says: "smartctl --smart=on /dev/sda",
    },
  ])("fails one disk of which smartctl $name, and reads the other", async ({ result, code, says }) => {
    addSata(host, "a");
    addSata(host, "b");
    host.programs.set("smartctl", async (args) =>
      args.at(-1) === "/dev/sda"
        ? { exitCode: 0, stdout: "", stderr: "", ...result }
        : { exitCode: 0, stdout: JSON.stringify(ataAnswer), stderr: "" },
    );

    const subjects = (await run())?.subjects;

    expect(subjects).toMatchObject([
      { id: "naa.50014ee2000000a1", outcome: Outcome.FAILED, failure: { code, message: expect.stringContaining(says) } },
      { id: "naa.50014ee2000000b1", outcome: Outcome.OK },
    ]);
  });

  it("fails a disk that does not answer in time, and reads the other", async () => {
    addSata(host, "a");
    addSata(host, "b");
    host.programs.set("smartctl", async (args, { timeoutMs }) => {
      expect(timeoutMs).toBe(20_000);
      if (args.at(-1) === "/dev/sda")
        throw new AppError("HOST_COMMAND_TIMEOUT", "cannot run smartctl /dev/sda: no answer within 20 s");
      return { exitCode: 0, stdout: JSON.stringify(ataAnswer), stderr: "" };
    });

    expect((await run())?.subjects).toMatchObject([
      { outcome: Outcome.FAILED, failure: { code: "HOST_COMMAND_TIMEOUT" } },
      { outcome: Outcome.OK },
    ]);
  });

  it.each([4, 8, 16, 32, 64, 128, 216])("takes exit status %d for a finding, not for a failure", async (exitCode) => {
    addSata(host, "a");
    host.programs.set("smartctl", answering({ "/dev/sda": ataAnswer }, exitCode));

    expect(await subjectOf("naa.50014ee2000000a1")).toMatchObject({
      outcome: Outcome.OK,
      value: { value: { smartctlExitStatus: exitCode } },
    });
  });

  it("tells of a controller that has lost its namespaces, by model and serial", async () => {
    addNvme(host, 0);
    host.remove("/sys/block/nvme0n1");
    host.programs.set(
      "smartctl",
      answering({ "/dev/nvme0": { smartctl: { messages: [{ string: "Read NVMe Identify Controller failed" }] } } }, 2),
    );

    expect((await run())?.subjects).toMatchObject([
      {
        id: "serial:Samsung_SSD_980_PRO_1TB_S5GXNX0R000000",
        outcome: Outcome.FAILED,
        failure: { code: "HOST_COMMAND_FAILED", message: expect.stringContaining("Read NVMe Identify Controller failed") },
      },
    ]);
  });

  it("does not call the list whole when a disk's identity cannot be told", async () => {
    addSata(host, "a");
    host.entries.set("/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/wwid", denied("wwid"));

    const payload = await run();

    expect(payload?.subjects).toMatchObject([{ id: "name:sda", outcome: Outcome.FAILED }]);
    expect(payload?.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } }]);
  });

  it("fails as a whole when devices cannot be listed", async () => {
    host.entries.set("/sys/block", denied("/sys/block"));

    await expect(run()).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  });

  it("ends when it is aborted while a disk is asked", async () => {
    addSata(host, "a");
    const controller = new AbortController();
    host.programs.set("smartctl", async (_, { signal }) => {
      controller.abort();
      throw AppError.from(signal.reason, "ABORTED");
    });

    await expect(smart.read(host, controller.signal)).rejects.toMatchObject({ name: "AbortError" });
  });
});

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}
