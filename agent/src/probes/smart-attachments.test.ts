/** Disks that are hard to reach: behind USB bridges, behind RAID controllers, and such as the kernel complains about. */
import { Outcome, type Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import { checkArguments } from "../host/check-arguments.ts";
import { commands } from "../host/commands.ts";
import type { RunOptions } from "../host/host.ts";
import { createLastReadings } from "../last-readings.ts";
import { createPastRuns } from "../past-runs.ts";
import type { Payload } from "../payload.ts";
import { smart } from "./smart.ts";
import { addDisk, addNvme, addSata, addUsb } from "./test-support/devices.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const minuteMs = 60_000;

/** A machine whose probe runs again and again, with all that is remembered between the runs. */
class Machine extends TreeHost {
  readonly answers: Map<string, { readonly exitCode?: number; readonly document: unknown } | AppError> = new Map();
  readonly options: RunOptions[] = [];
  readonly #lastReadings = createLastReadings();
  readonly #pastRuns = createPastRuns();

  constructor() {
    super();
    this.add("/sys/block", {});
    this.entries.set("/sys/block/ram0/size", "8192\n");
    this.programs.set("smartctl", async (args, options) => {
      checkArguments("smartctl", commands.smartctl, args);
      this.options.push(options);
      const type = args.includes("-d") ? ` -d ${args[args.indexOf("-d") + 1]}` : "";
      const answer = this.answers.get(args.includes("--scan") ? "--scan" : `${args.at(-1)}${type}`);
      if (answer === undefined) throw new AppError("HOST_COMMAND_FAILED", `no answer for ${args.join(" ")}`);
      if (answer instanceof AppError) throw answer;
      return { exitCode: answer.exitCode ?? 0, stdout: JSON.stringify(answer.document), stderr: "" };
    });
  }

  /** One run of the probe, so much later; what was asked in it. */
  async round(laterMs = 0, faulty: readonly string[] = []): Promise<Round> {
    this.clock = { ...this.clock, wallMs: this.clock.wallMs + laterMs };
    this.calls.length = 0;
    const past = this.#pastRuns.past(new Set(faulty));
    const raw = await smart.read(this, new AbortController().signal, this.#lastReadings.readAt, past);
    const payload = smart.parse(raw);
    if (payload !== undefined) this.#pastRuns.note(payload, this.clock.wallMs);
    const completed = payload === undefined ? undefined : this.#lastReadings.complete(payload, this.clock.wallMs);
    return { payload: completed, asked: this.calls.map((call) => call.replace(/^smartctl .*?( -d \S+)? (\S+)$/, "$2$1")) };
  }
}

interface Round {
  readonly payload: Payload | undefined;
  readonly asked: readonly string[];
}

const healthy = {
  device: { protocol: "ATA" },
  model_name: "ST4000DM004",
  serial_number: "ZFN0001",
  smart_status: { passed: true },
  temperature: { current: 30 },
};
const unknownBridge = {
  exitCode: 1,
  document: { smartctl: { messages: [{ string: "/dev/sdb: Unknown USB bridge [0x1234:0x5678 (0x100)]", severity: "error" }] } },
};

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});

function addBridge([vendor, product]: readonly [string, string], driver: "uas" | "usb-storage"): void {
  addUsb(machine, "b", "2-1", 0, { wwid: "naa.b\n" });
  const folder = "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-1";
  machine.add(folder, { idVendor: `${vendor}\n`, idProduct: `${product}\n` });
  machine.add(`${folder}/2-1:1.0`, { driver: { link: `/sys/bus/usb/drivers/${driver}` } });
  machine.add(`/sys/bus/usb/drivers/${driver}`, { bind: "" });
}

function facts({ payload }: Round): readonly (readonly unknown[])[] {
  return (payload?.subjects ?? []).map((subject) => [subject.id, subject.outcome, typeOf(subject)]);
}

function typeOf({ value }: Subject): string | undefined {
  return value.case === "diskHealth" ? value.value.smartctlDeviceType : undefined;
}

describe("smart, behind a USB bridge", () => {
  it("tells the runner which USB device is asked, and kills no sooner than 45 s after the start", async () => {
    addBridge(["152d", "0578"], "uas");
    machine.answers.set("/dev/sdb", { document: healthy });

    await machine.round();

    expect(machine.options).toMatchObject([{ usbDevice: "2-1", timeoutMs: 20_000, killAfterMs: 25_000 }]);
  });

  it.each([
    { name: "sat behind uas", ids: ["1234", "5678"] as const, driver: "uas" as const, asked: ["/dev/sdb -d sat"] },
    {
      name: "sntrealtek behind an RTL9210",
      ids: ["0bda", "9210"] as const,
      driver: "uas" as const,
      asked: ["/dev/sdb -d sntrealtek"],
    },
    { name: "nothing of a stick", ids: ["1234", "5678"] as const, driver: "usb-storage" as const, asked: [] },
    {
      name: "nothing of a JMS583, which may hold SATA or NVMe",
      ids: ["152d", "0583"] as const,
      driver: "uas" as const,
      asked: [],
    },
  ])("asks $name where smartctl does not know the bridge", async ({ ids, driver, asked }) => {
    addBridge(ids, driver);
    machine.answers.set("/dev/sdb", unknownBridge);
    for (const call of asked) machine.answers.set(call, { document: healthy });

    const round = await machine.round();

    expect(round.asked).toEqual(["/dev/sdb", ...asked]);
    const [type] = asked.map((call) => call.replace(/^.* /, ""));
    expect(facts(round)).toEqual([["naa.b", asked.length === 0 ? Outcome.FAILED : Outcome.OK, type]]);
  });

  it("asks again only after six hours, whether or not that went well", async () => {
    addBridge(["152d", "0578"], "uas");
    machine.answers.set("/dev/sdb", { exitCode: 2, document: { smartctl: { messages: [{ string: "open failed" }] } } });
    const first = await machine.round();
    expect(facts(first)).toEqual([["naa.b", Outcome.FAILED, undefined]]);

    for (let hour = 1; hour <= 5; hour++) {
      const round = await machine.round(60 * minuteMs);
      expect(round.asked).toEqual([]);
      expect(round.payload?.subjects[0]?.failure).toEqual(first.payload?.subjects[0]?.failure);
    }
    expect((await machine.round(60 * minuteMs)).asked).toEqual(["/dev/sdb"]);
  });

  it("does not rest for want of smartctl: the disk was not asked", async () => {
    addBridge(["152d", "0578"], "uas");
    machine.answers.set("/dev/sdb", new AppError("HOST_COMMAND_MISSING", "smartctl is not installed"));
    expect(facts(await machine.round())).toEqual([["naa.b", Outcome.FAILED, undefined]]);

    machine.answers.set("/dev/sdb", { document: healthy });

    expect(facts(await machine.round(5 * minuteMs))).toEqual([["naa.b", Outcome.OK, ""]]);
  });
});

describe("smart, of a disk that the kernel complains about", () => {
  it.each([
    { name: "a spinning disk", add: () => addSata(machine, "b"), question: "/dev/sdb -d sat", faulty: "sdb", restMinutes: 10 },
    {
      name: "a disk by its partition",
      add: () => addSata(machine, "b"),
      question: "/dev/sdb -d sat",
      faulty: "sdb1",
      restMinutes: 10,
    },
    { name: "a USB disk", add: () => addBridge(["152d", "0578"], "uas"), question: "/dev/sdb", faulty: "sdb", restMinutes: 60 },
  ])("is read though its reading is young, and not all the time: $name", async ({ add, question, faulty, restMinutes }) => {
    add();
    machine.answers.set(question, { document: healthy });
    expect((await machine.round()).asked).toEqual([question]);

    expect((await machine.round((restMinutes - 5) * minuteMs, [faulty])).asked).toEqual([]);
    expect((await machine.round(5 * minuteMs)).asked).toEqual([]);
    expect((await machine.round(0, ["sdba", "sd", "nvme0"])).asked).toEqual([]);
    expect((await machine.round(0, [faulty])).asked).toEqual([question]);
  });

  it("is read by the names of its namespaces", async () => {
    addNvme(machine, 0);
    machine.answers.set("/dev/nvme0 -d nvme", { document: { ...healthy, device: { protocol: "NVMe" } } });
    await machine.round();

    expect((await machine.round(20_000, ["nvme0n1p2"])).asked).toEqual([]);
    expect((await machine.round(20_000, ["nvme0n1p2"])).asked).toEqual(["/dev/nvme0 -d nvme"]);
  });

  it("is not woken", async () => {
    addSata(machine, "b", {}, { "power/runtime_status": "suspended\n" });

    expect((await machine.round(0, ["sdb"])).asked).toEqual([]);
  });
});

describe("smart, behind a RAID controller", () => {
  const volume = "/sys/devices/pci0000:00/0000:03:00.0/host0/target0:2:0/0:2:0:0/block/sda";
  const scan = {
    devices: [
      { name: "/dev/sda", type: "scsi" },
      { name: "/dev/bus/0", type: "sat+megaraid,0" },
      { name: "/dev/bus/0", type: "megaraid,3" },
      { name: "/dev/bus/0", type: "megaraid,3" },
      { name: "/dev/bus/0", type: "megaraid,3 --test=long" },
      { name: "/dev/bus/0; reboot", type: "megaraid,4" },
      { name: "/dev/sdb", type: "jmb39x,0" },
    ],
  };
  const none = { exitCode: 0, document: { device: { protocol: "SCSI" }, smart_support: { available: false } } };

  beforeEach(() => {
    addDisk(machine, volume, {}, { vendor: "DELL    \n", model: "PERC H730\n", wwid: "naa.6\n" });
    machine.add("/sys/class/scsi_host/host0", { proc_name: "megaraid_sas\n" });
    machine.answers.set("--scan", { document: scan });
    machine.answers.set("/dev/sda -d scsi", none);
    machine.answers.set("/dev/bus/0 -d sat+megaraid,0", { document: healthy });
    machine.answers.set("/dev/bus/0 -d megaraid,3", { document: { ...healthy, serial_number: "ZFN 0003" } });
  });

  it("reads each member as a disk of its own, by model and serial number", async () => {
    const round = await machine.round();

    expect(facts(round)).toEqual([
      ["naa.6", Outcome.ABSENT, undefined],
      ["serial:ST4000DM004_ZFN0001", Outcome.OK, "sat+megaraid,0"],
      ["serial:ST4000DM004_ZFN_0003", Outcome.OK, "megaraid,3"],
    ]);
    expect(round.asked.filter((call) => call.startsWith("/dev/bus/"))).toEqual([
      "/dev/bus/0 -d sat+megaraid,0",
      "/dev/bus/0 -d megaraid,3",
    ]);
    expect(round.payload?.lists).toMatchObject([{ isComplete: true }]);
  });

  it("leaves members alone for an hour, and knows them by where they are when they do not answer", async () => {
    await machine.round();
    const resting = await machine.round(30 * minuteMs);
    expect(resting.asked.some((call) => call.startsWith("/dev/bus/"))).toBe(false);
    expect(facts(resting).map(([, outcome, type]) => [outcome, type])).toContainEqual([Outcome.OK, "megaraid,3"]);

    machine.answers.set("/dev/bus/0 -d megaraid,3", new AppError("HOST_COMMAND_TIMEOUT", "no answer"));
    const hung = await machine.round(60 * minuteMs);

    expect(facts(hung)).toContainEqual(["serial:ST4000DM004_ZFN_0003", Outcome.FAILED, undefined]);
    expect(hung.payload?.lists).toMatchObject([{ isComplete: true }]);
  });

  it("does not call the list whole while a member has never said which disk it is", async () => {
    machine.answers.set("/dev/bus/0 -d megaraid,3", new AppError("HOST_COMMAND_TIMEOUT", "no answer"));

    const round = await machine.round();

    expect(facts(round).map(([id]) => id)).toEqual(["naa.6", "serial:ST4000DM004_ZFN0001"]);
    expect(round.payload?.lists).toMatchObject([
      {
        isComplete: false,
        failure: { code: "HOST_COMMAND_TIMEOUT", message: "which disk megaraid,3 of /dev/bus/0 is cannot be told: no answer" },
      },
    ]);
  });

  it("asks a disk that the controller shows as it is by its own name only", async () => {
    const shown = "/sys/devices/pci0000:00/0000:03:00.0/host0/target0:0:3/0:0:3:0/block/sdb";
    addDisk(machine, shown, {}, { vendor: "SEAGATE \n", model: "ST4000\n", wwid: "naa.3\n" });
    machine.answers.set("/dev/sdb -d scsi", none);

    expect((await machine.round()).asked.filter((call) => call.startsWith("/dev/")).toSorted()).toEqual([
      "/dev/bus/0 -d sat+megaraid,0",
      "/dev/sda -d scsi",
      "/dev/sdb -d scsi",
    ]);
  });

  it("lists nothing where no such controller is", async () => {
    machine.add("/sys/class/scsi_host/host0", { proc_name: "hpsa\n" });

    expect((await machine.round()).asked).toEqual(["/dev/sda -d scsi"]);
  });

  it("says that disks may be missing where the list cannot be had", async () => {
    machine.answers.set("--scan", new AppError("HOST_COMMAND_TIMEOUT", "no answer within 20 s"));

    const round = await machine.round();

    expect(round.payload?.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_COMMAND_TIMEOUT" } }]);
  });
});
