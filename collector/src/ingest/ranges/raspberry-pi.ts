/** What the kind of the probe `raspberry-pi` may be. */
import type { RaspberryPi, RaspberryPiLink } from "@nodekeeper/proto";
import { flag, type MessageChecks, messages, text, within, within64 } from "../check.ts";
import { maximumBytes } from "./limits.ts";

const raspberryPiLink: MessageChecks<RaspberryPiLink> = {
  address: text(32),
  device: text(64),
  hasDriver: flag,
  gigatransfersPerSecond: within(0, 256),
  laneCount: within(0, 32),
};

export const raspberryPi: MessageChecks<RaspberryPi> = {
  model: text(),
  revision: text(16),
  boardMemoryBytes: within64(maximumBytes),
  isUnderVoltage: flag,
  isFrequencyCapped: flag,
  isThrottled: flag,
  isAtSoftTemperatureLimit: flag,
  hasBeenUnderVoltage: flag,
  hasBeenFrequencyCapped: flag,
  hasBeenThrottled: flag,
  hasBeenAtSoftTemperatureLimit: flag,
  powerSource: text(32),
  coolingLevelCount: within(0, 256),
  hasFan: flag,
  configuredPcieGenerationNumber: within(1, 8),
  isExternalPcieEnabled: flag,
  externalLinks: messages(16, raspberryPiLink),
  bootloaderVersion: text(64),
  pageSizeBytes: within(1, 1 << 21),
  isMemoryCgroupEnabled: flag,
};
