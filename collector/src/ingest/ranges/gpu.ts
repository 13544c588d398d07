/** What the kinds of the probe `gpu` may be. */
import { type Gpu, type GpuInstance, GpuPowerSchema, type GpuProcess, type GpuSleep, type GpuStatus } from "@nodekeeper/proto";
import { flag, known, type MessageChecks, messages, optionalMessage, text, within, within64 } from "../check.ts";
import { pcieLink } from "./disk.ts";
import { celsius, maximumBytes } from "./limits.ts";
import { processOwner } from "./process.ts";

const gpuSleep: MessageChecks<GpuSleep> = {
  isPossible: flag,
  impossibleBecause: text(),
  pciPowerState: text(16),
  runtimeD3Status: text(64),
  videoMemoryState: text(64),
  holders: messages(32, processOwner),
  holderCount: within(0, 1_000_000),
  wakeCost: text(),
};

export const gpu: MessageChecks<Gpu> = {
  vendor: text(32),
  productName: text(),
  pciId: text(16),
  subsystemPciId: text(16),
  driver: text(64),
  driverVersion: text(64),
  isIntegrated: flag,
  power: known(GpuPowerSchema),
  pcieLink: optionalMessage(pcieLink),
  sleep: optionalMessage(gpuSleep),
};

/** No card takes a hundred kilowatts, and none has pages or rows by the million. */
const watts = within(0, 100_000);
const temperature = within(celsius.minimum, celsius.maximum);
const spares = within(0, 1_000_000);

const gpuInstance: MessageChecks<GpuInstance> = {
  uuid: text(64),
  profile: text(64),
  gpuInstanceNumber: within(0, 1_024),
  computeInstanceNumber: within(0, 1_024),
  memoryTotalBytes: within64(maximumBytes),
  memoryUsedBytes: within64(maximumBytes),
};

export const gpuStatus: MessageChecks<GpuStatus> = {
  uuid: text(64),
  productName: text(),
  serialNumber: text(64),
  vbiosVersion: text(64),
  driverVersion: text(64),
  cudaVersion: text(16),
  computeCapability: text(16),
  architecture: text(64),
  memoryTotalBytes: within64(maximumBytes),
  memoryReservedBytes: within64(maximumBytes),
  sharedMemoryTotalBytes: within64(maximumBytes),
  powerLimitWatts: watts,
  defaultPowerLimitWatts: watts,
  slowdownCelsius: temperature,
  shutdownCelsius: temperature,
  maximumGraphicsClockHertz: within64(10n ** 11n),
  isPersistenceEnabled: flag,
  isDisplayActive: flag,
  isEccEnabled: flag,
  isEccPending: flag,
  isMigEnabled: flag,
  retiredPagesCount: spares,
  isPageRetirementPending: flag,
  remappedRowsCorrectedCount: spares,
  remappedRowsUncorrectedCount: spares,
  isRowRemapPending: flag,
  hasRowRemapFailed: flag,
  recoveryAction: text(64),
  instances: messages(16, gpuInstance),
  source: text(32),
};

export const gpuProcess: MessageChecks<GpuProcess> = {
  gpuId: text(64),
  owner: optionalMessage(processOwner),
  isCompute: flag,
  isGraphics: flag,
  purpose: text(32),
};
