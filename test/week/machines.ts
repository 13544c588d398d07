/** The five machines of the house as they are while all is well, out of kept recordings: two are another's twin, with names of their own. */
import { create } from "@bufbuild/protobuf";
import { SubjectListSchema } from "../../proto/src/index.ts";
import { type Found, type Recording, recordingOf, type Thing, thing } from "./recorded.ts";

/** Names of the machines. */
export const machineNames = ["neko", "neko2", "panther", "bobcat", "siberian"] as const;
/** One of them. */
export type MachineName = (typeof machineNames)[number];

/** A machine. */
export interface Machine {
  readonly name: MachineName;
  readonly machineId: string;
  readonly recording: Recording;
  /** It is switched off and on as its owner likes. */
  readonly isIntermittent: boolean;
  /** Its GPU that computes; undefined: none. */
  readonly gpuId: string | undefined;
}

/** Where each is in the tailnet. */
export const tailnet: Readonly<Record<MachineName, { readonly id: string; readonly address: string }>> = {
  neko: { id: "n01CNTRL", address: "100.64.0.2" },
  neko2: { id: "n02CNTRL", address: "100.64.0.3" },
  panther: { id: "n03CNTRL", address: "100.64.0.4" },
  bobcat: { id: "n04CNTRL", address: "100.64.0.9" },
  siberian: { id: "n05CNTRL", address: "100.64.0.8" },
};

/** UUIDs of Longhorn's disks, as its folders say them. */
export const longhornDisks: Readonly<Record<Exclude<MachineName, "siberian">, string>> = {
  neko: "4e4b0000-aaaa-4bbb-8ccc-ddddeeeeffff",
  neko2: "4e4b0002-aaaa-4bbb-8ccc-ddddeeeeffff",
  panther: "4e4b0003-aaaa-4bbb-8ccc-ddddeeeeffff",
  bobcat: "b0bca700-aaaa-4bbb-8ccc-ddddeeeeffff",
};

/** Every NVIDIA GPU of the house sits there. */
export const nvidiaGpu = "0000:01:00.0";

/** All five. */
export function theMachines(): readonly Machine[] {
  return [neko(), neko2(), panther(), bobcat(), siberian()];
}

function neko(): Machine {
  return machine("neko", recordingOf("neko"), undefined);
}

function neko2(): Machine {
  const names = [
    ["4e4b0000-aaaa", "4e4b0002-aaaa"],
    ["4e4b", "4e42"],
    ["S4EVNX0R000001", "S4EVNX0R000002"],
    ["eui.0025385000000001", "eui.0025385000000002"],
    ["100.64.0.2", "100.64.0.3"],
  ] as const;
  return machine("neko2", withLonghornDisk(recordingOf("neko", names), longhornDisks.neko2), undefined);
}

/** An Intel desktop with a SATA SSD and a GPU made for laptops, which sleeps while nobody computes. */
function panther(): Machine {
  const diskId = "wwn.0x5002538f00000003";
  const names = [
    ["4e4b", "4e43"],
    ["eui.0025385000000001", diskId],
    ["100.64.0.2", "100.64.0.4"],
    ["AMD Ryzen 7 5825U with Radeon Graphics", "13th Gen Intel(R) Core(TM) i5-13500"],
    ['"role":"server"', '"role":"agent"'],
  ] as const;
  const base = withLonghornDisk(recordingOf("neko", names), longhornDisks.panther);
  const graphics = recordingOf("siberian", [
    ["NVIDIA GeForce RTX 5070 Ti", "NVIDIA GeForce RTX 3050 Ti Laptop GPU"],
    ["10de:2c05", "10de:25a0"],
    ["17094934528", "4294967296"],
    ["qwen3:30b", "nomic-embed-text:latest"],
  ]);
  const gpu = filtered(graphics.get("gpu"), ({ subject: { kind, id } }) => id === nvidiaGpu && kind !== "gpu_process");
  const recording = new Map([...base, ["gpu", gpu], ["ollama", graphics.get("ollama")], ["smart", ssdHealth(diskId)]]);
  const disks = recording.get("disks");
  recording.set(
    "disks",
    mapped(disks, (each) => (each.subject.kind === "block_device" ? ssd(diskId, each) : each)),
  );
  recording.set("kubernetes", mapped(recording.get("kubernetes"), asAgent));
  return machine("panther", recording, nvidiaGpu);
}

function bobcat(): Machine {
  const recording = new Map(recordingOf("bobcat"));
  // What its supply did before it was replaced is no part of a quiet week.
  const past = new Set(["undervoltage", "voltage-normalised"]);
  recording.set(
    "kernel-log",
    filtered(recording.get("kernel-log"), ({ subject }) => !past.has(subject.id)),
  );
  recording.set(
    "raspberry-pi",
    mapped(recording.get("raspberry-pi"), (each) => withPower(each, false)),
  );
  // When it was recorded, Longhorn was not set up on it yet, and a share hung that only neko mounts.
  const neko = recordingOf("neko", [["eui.0025385000000001", "eui.00000000000000018ce38e0300a1b2c3"]]);
  recording.set("longhorn", neko.get("longhorn"));
  const folder = filtered(neko.get("disks"), ({ subject }) => subject.kind === "longhorn_disk")?.things ?? [];
  const own = filtered(recording.get("disks"), ({ subject }) => subject.id !== "/mnt/nas");
  recording.set("disks", own && { ...own, things: [...own.things, ...folder] });
  return machine("bobcat", withLonghornDisk(recording, longhornDisks.bobcat), undefined);
}

function siberian(): Machine {
  return { ...machine("siberian", recordingOf("siberian"), nvidiaGpu), isIntermittent: true };
}

function machine(name: MachineName, recording: Recording, gpuId: string | undefined): Machine {
  const system = recording.get("system")?.things.find(({ subject }) => subject.kind === "operating_system")?.subject.value;
  const machineId = system?.case === "operatingSystem" ? system.value.machineId : "";
  return { name, machineId, recording, isIntermittent: false, gpuId };
}

/** The Pi, with its supply as it is told. */
export function withPower(each: Thing, isWeak: boolean): Thing {
  const { value } = each.subject;
  if (value.case !== "raspberryPi") return each;
  const power = { isUnderVoltage: isWeak, hasBeenUnderVoltage: isWeak, isThrottled: isWeak, hasBeenThrottled: isWeak };
  return { ...each, subject: { ...each.subject, value: { case: value.case, value: { ...value.value, ...power } } } };
}

/** The same probe with some of its things. */
export function filtered(found: Found | undefined, isKept: (each: Thing) => boolean): Found | undefined {
  return found && { ...found, things: found.things.filter(isKept) };
}

/** The same probe with its things changed. */
export function mapped(found: Found | undefined, change: (each: Thing) => Thing): Found | undefined {
  return found && { ...found, things: found.things.map(change) };
}

function withLonghornDisk(recording: Recording, diskUuid: string): Recording {
  const change = (each: Thing): Thing => {
    const { value } = each.subject;
    if (value.case !== "longhornDisk") return each;
    return { ...each, subject: { ...each.subject, value: { case: value.case, value: { ...value.value, diskUuid } } } };
  };
  return new Map([...recording, ["disks", mapped(recording.get("disks"), change)]]);
}

function asAgent(each: Thing): Thing {
  const { value } = each.subject;
  if (value.case !== "k3s") return each;
  const agent = { role: "agent", unit: "k3s-agent.service", isEmbeddedEtcd: false, serverAddress: "https://100.64.0.2:6443" };
  return { ...each, subject: { ...each.subject, value: { case: value.case, value: { ...value.value, ...agent } } } };
}

function ssd(id: string, { samples }: Thing): Thing {
  const device = {
    ...{ name: "sda", type: "BLOCK_DEVICE_TYPE_DISK", bus: "sata", model: "Samsung SSD 870 EVO 1TB", serial: "S626NJ0R000003" },
    ...{ sizeBytes: "1000204886016", logicalBlockSizeBytes: 512, physicalBlockSizeBytes: 512, wwid: id },
    ...{ isRotational: false, isRemovable: false, isReadOnly: false, isVirtual: false, identities: [id] },
  };
  return thing({ kind: "block_device", id, outcome: "OUTCOME_OK", blockDevice: device }, samples);
}

function ssdHealth(id: string): Found {
  const attribute = (number: number, name: string, normalizedValue: number, rawValue: string, threshold = 0) => ({
    ...{ id: number, name, normalizedValue, worstValue: normalizedValue, threshold, rawValue, rawText: rawValue },
    isPrefailure: threshold > 0,
  });
  const diskHealth = {
    ...{ device: "/dev/sda", protocol: "ATA", modelName: "Samsung SSD 870 EVO 1TB", serialNumber: "S626NJ0R000003" },
    ...{ firmwareVersion: "SVT02B6Q", status: "HEALTH_STATUS_PASSED", powerState: "POWER_STATE_ACTIVE", temperatureCelsius: 34 },
    ...{ powerOnHours: "18411", powerCycles: "58", smartctlExitStatus: 0, smartctlDeviceType: "sat", rotationRateRpm: 0 },
    ataAttributes: [
      attribute(5, "Reallocated_Sector_Ct", 100, "0", 10),
      attribute(9, "Power_On_Hours", 96, "18411"),
      attribute(12, "Power_Cycle_Count", 99, "58"),
      attribute(177, "Wear_Leveling_Count", 94, "112"),
      attribute(187, "Uncorrectable_Error_Cnt", 100, "0"),
      attribute(190, "Airflow_Temperature_Cel", 66, "34"),
      attribute(199, "CRC_Error_Count", 100, "0"),
      attribute(241, "Total_LBAs_Written", 99, "71234567890"),
    ],
    ata: {
      ...{ reallocatedSectorCount: "0", reportedUncorrectableErrors: "0", interfaceCrcErrors: "0" },
      ...{ percentageUsed: 6, writtenBytes: "36472098759680" },
    },
    selfTestLog: { failedTestCount: 0 },
  };
  const samples = {
    temperature_celsius: 34,
    power_on_hours: 18_411,
    percentage_used: 6,
    written_bytes_total: 36_472_098_759_680,
  };
  return {
    things: [thing({ kind: "disk_health", id, outcome: "OUTCOME_OK", diskHealth }, samples)],
    lists: [create(SubjectListSchema, { kind: "disk_health", isComplete: true })],
  };
}
