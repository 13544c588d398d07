/** What the driver says of one GPU. Every question may go unanswered: consumer cards have no ECC, laptops no fan, old drivers fewer functions. */
import type { DriverGpu, Unchecked } from "../probes/support/gpu/driver-reading.ts";
import type { NvmlDevice } from "./nvml-device.ts";
import { nvmlReturn } from "./nvml-library.ts";
import { fieldIds, readFieldValues } from "./read-field-values.ts";
import { readInstances } from "./read-instances.ts";
import { readMemory } from "./read-memory.ts";
import { readProcesses } from "./read-processes.ts";

/** All of it. Throws DeviceLostError where the GPU is gone. */
export function readGpu(device: NvmlDevice, pciAddress: string): Unchecked<DriverGpu> {
  const fields = readFieldValues(device);
  const [migNow] = device.uints("nvmlDeviceGetMigMode", 2);
  const [isPersistenceEnabled] = device.uints("nvmlDeviceGetPersistenceMode", 1);
  const [isDisplayActive] = device.uints("nvmlDeviceGetDisplayActive", 1);
  return {
    pciAddress,
    failure: undefined,
    uuid: device.text("nvmlDeviceGetUUID", 96),
    productName: device.text("nvmlDeviceGetName", 96),
    serialNumber: device.text("nvmlDeviceGetSerial", 30),
    vbiosVersion: device.text("nvmlDeviceGetVbiosVersion", 32),
    computeCapability: readComputeCapability(device),
    architecture: architectures.get(device.uint("nvmlDeviceGetArchitecture") ?? -1),
    memory: readMemory(device),
    utilization: readUtilization(device),
    temperature: {
      gpuCelsius: device.uint("nvmlDeviceGetTemperature", sensorOfGpu),
      memoryCelsius: fields.get(fieldIds.memoryTemperature),
      slowdownCelsius: aboveZero(device.uint("nvmlDeviceGetTemperatureThreshold", thresholds.slowdown)),
      shutdownCelsius: aboveZero(device.uint("nvmlDeviceGetTemperatureThreshold", thresholds.shutdown)),
    },
    power: {
      drawWatts: watts(device.uint("nvmlDeviceGetPowerUsage") ?? fields.get(fieldIds.powerInstant)),
      limitWatts: watts(device.uint("nvmlDeviceGetEnforcedPowerLimit") ?? device.uint("nvmlDeviceGetPowerManagementLimit")),
      defaultLimitWatts: watts(device.uint("nvmlDeviceGetPowerManagementDefaultLimit")),
      energyJoules: thousandths(device.ulong("nvmlDeviceGetTotalEnergyConsumption")),
    },
    clocks: {
      graphicsHertz: hertz(device.uint("nvmlDeviceGetClockInfo", clockTypes.graphics)),
      smHertz: hertz(device.uint("nvmlDeviceGetClockInfo", clockTypes.sm)),
      memoryHertz: hertz(device.uint("nvmlDeviceGetClockInfo", clockTypes.memory)),
      videoHertz: hertz(device.uint("nvmlDeviceGetClockInfo", clockTypes.video)),
      maximumGraphicsHertz: hertz(device.uint("nvmlDeviceGetMaxClockInfo", clockTypes.graphics)),
    },
    performanceState: performanceState(device.uint("nvmlDeviceGetPerformanceState")),
    fanPercent: device.uint("nvmlDeviceGetFanSpeed"),
    clocksEventReasons:
      device.ulong("nvmlDeviceGetCurrentClocksEventReasons") ?? device.ulong("nvmlDeviceGetCurrentClocksThrottleReasons"),
    ecc: readEcc(device),
    retiredPages: readRetiredPages(device),
    remappedRows: readRemappedRows(device),
    recoveryAction: recoveryActions[fields.get(fieldIds.recoveryAction) ?? -1],
    pcieReplays: device.uint("nvmlDeviceGetPcieReplayCounter"),
    isPersistenceEnabled: isOn(isPersistenceEnabled),
    isDisplayActive: isOn(isDisplayActive),
    isMigEnabled: isOn(migNow),
    instances: migNow === 1 ? readInstances(device) : undefined,
    processes: readProcesses(device),
  };
}

/** NVML_TEMPERATURE_GPU */
const sensorOfGpu = 0;
/** nvmlTemperatureThresholds_t */
const thresholds = { shutdown: 0, slowdown: 1 } as const;
/** nvmlClockType_t */
const clockTypes = { graphics: 0, sm: 1, memory: 2, video: 3 } as const;
/** nvmlMemoryErrorType_t and nvmlEccCounterType_t: volatile since the driver was loaded, aggregate since the board was made. */
const corrected = 0;
const uncorrected = 1;
const sinceLoad = 0;
const lifetime = 1;
/** nvmlPageRetirementCause_t: several errors of one bit, one error of two. */
const retirementCauses = [0, 1];

/** nvmlDeviceArchitecture_t */
const architectures: ReadonlyMap<number, string> = new Map([
  [2, "Kepler"],
  [3, "Maxwell"],
  [4, "Pascal"],
  [5, "Volta"],
  [6, "Turing"],
  [7, "Ampere"],
  [8, "Ada"],
  [9, "Hopper"],
  [10, "Blackwell"],
  [13, "Rubin"],
]);

/** nvmlDeviceGpuRecoveryAction_t, by its number. */
const recoveryActions: readonly string[] = [
  "none",
  "gpu-reset",
  "node-reboot",
  "drain-p2p",
  "drain-and-reset",
  "recover-imex-domain",
];

function readComputeCapability(device: NvmlDevice): string | undefined {
  const [major, minor] = device.uints("nvmlDeviceGetCudaComputeCapability", 2);
  return major === undefined || minor === undefined ? undefined : `${major}.${minor}`;
}

function readUtilization(device: NvmlDevice): Unchecked<DriverGpu>["utilization"] {
  const rates = device.structure("nvmlDeviceGetUtilizationRates", 8);
  const [encoder] = device.uints("nvmlDeviceGetEncoderUtilization", 2);
  const [decoder] = device.uints("nvmlDeviceGetDecoderUtilization", 2);
  return {
    gpuPercent: rates?.readUInt32LE(0),
    memoryPercent: rates?.readUInt32LE(4),
    encoderPercent: encoder,
    decoderPercent: decoder,
  };
}

function readEcc(device: NvmlDevice): Unchecked<DriverGpu>["ecc"] {
  const [now, pending] = device.uints("nvmlDeviceGetEccMode", 2);
  const errors = (type: number, counter: number): number | undefined =>
    device.ulong("nvmlDeviceGetTotalEccErrors", type, counter);
  return {
    isEnabled: isOn(now),
    isPending: isOn(pending),
    correctedErrors: errors(corrected, sinceLoad),
    uncorrectedErrors: errors(uncorrected, sinceLoad),
    lifetimeCorrectedErrors: errors(corrected, lifetime),
    lifetimeUncorrectedErrors: errors(uncorrected, lifetime),
  };
}

function readRetiredPages(device: NvmlDevice): Unchecked<DriverGpu>["retiredPages"] {
  const counts = retirementCauses.map((cause) => {
    const count = Buffer.alloc(4); // no room for addresses: only their number is told
    const answer = device.call("nvmlDeviceGetRetiredPages", cause, count, Buffer.alloc(8));
    return answer === nvmlReturn.success || answer === nvmlReturn.insufficientSize ? count.readUInt32LE() : undefined;
  });
  const [isPending] = device.uints("nvmlDeviceGetRetiredPagesPendingStatus", 1);
  const known = counts.filter((count) => count !== undefined);
  if (known.length < counts.length) return { count: undefined, isPending: isOn(isPending) };
  return { count: known.reduce((sum, count) => sum + count, 0), isPending: isOn(isPending) };
}

function readRemappedRows(device: NvmlDevice): Unchecked<DriverGpu>["remappedRows"] {
  const [forCorrected, forUncorrected, isPending, hasFailed] = device.uints("nvmlDeviceGetRemappedRows", 4);
  return {
    corrected: forCorrected,
    uncorrected: forUncorrected,
    isPending: isOn(isPending),
    hasFailed: isOn(hasFailed),
  };
}

/** 32 stands for "not known". */
function performanceState(number: number | undefined): number | undefined {
  return number !== undefined && number <= 15 ? number : undefined;
}

/** nvmlEnableState_t */
function isOn(state: number | undefined): boolean | undefined {
  return state === undefined ? undefined : state !== 0;
}

/** A limit of 0 is none. */
function aboveZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function hertz(megahertz: number | undefined): number | undefined {
  return megahertz === undefined ? undefined : megahertz * 1_000_000;
}

function watts(milliwatts: number | undefined): number | undefined {
  return thousandths(milliwatts);
}

function thousandths(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1000;
}
