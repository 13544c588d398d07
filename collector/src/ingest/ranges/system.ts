/** What the kinds of the probe `system` may be. */
import type { Battery, Board, Boot, BootHistory, Cpu, Memory, OperatingSystem, Pressure, TimeSync } from "@nodekeeper/proto";
import { flag, type MessageChecks, messages, text, texts, within, within64 } from "../check.ts";
import { maximumBytes } from "./limits.ts";
import { wallTime } from "./wall-time.ts";

export const operatingSystem: MessageChecks<OperatingSystem> = {
  id: text(64),
  versionId: text(64),
  prettyName: text(),
  kernelRelease: text(128),
  architecture: text(32),
  hostname: text(253),
  machineId: text(64),
  bootId: text(64),
  isRebootRequired: flag,
  rebootRequiredPackages: texts(64),
  virtualization: text(32),
};

export const board: MessageChecks<Board> = {
  vendor: text(),
  productName: text(),
  boardName: text(),
  firmwareVersion: text(),
  firmwareDate: text(64),
};

export const cpu: MessageChecks<Cpu> = {
  modelName: text(),
  logicalCount: within(1, 65_536),
  coreCount: within(1, 65_536),
  maximumFrequencyHertz: within64(100_000_000_000n),
};

export const memory: MessageChecks<Memory> = {
  totalBytes: within64(maximumBytes),
  swapTotalBytes: within64(maximumBytes),
};

export const pressure: MessageChecks<Pressure> = {};

export const timeSync: MessageChecks<TimeSync> = {
  isSynchronized: flag,
  service: text(64),
  clockSource: text(64),
  reference: text(),
  stratumNumber: within(0, 16),
};

const boot: MessageChecks<Boot> = {
  startedAtUnixMs: wallTime,
  endedAtUnixMs: wallTime,
  wasShutDown: flag,
  kernelRelease: text(128),
};

export const bootHistory: MessageChecks<BootHistory> = {
  boots: messages(32, boot),
};

export const battery: MessageChecks<Battery> = {
  isCharging: flag,
  isOnMains: flag,
  designedCapacity: within(0, 1e9),
  maximumCapacity: within(0, 1e9),
  capacityUnit: text(16),
  cycleCount: within(0, 1_000_000),
};
