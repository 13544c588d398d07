/** What the kind of the probe `smart` may be. */
import {
  type AtaAttribute,
  type AtaHealth,
  type DiskHealth,
  HealthStatusSchema,
  type NvmeHealthLog,
  PowerStateSchema,
  type ScsiHealth,
  type SelfTest,
  type SelfTestLog,
  SelfTestResultSchema,
} from "@nodekeeper/proto";
import {
  flag,
  known,
  type MessageChecks,
  messages,
  numbersWithin,
  optionalMessage,
  requiredWithin,
  text,
  texts,
  within,
  within64,
} from "../check.ts";
import { celsius, maximumCount, maximumHours } from "./limits.ts";

/** smartctl prints raw values of up to seven bytes. */
const maximumRawValue = 2n ** 56n;
/** 16 bits of Kelvin above 200 °C are sentinels; thresholds keep to the same range as readings. */
const temperature = within(celsius.minimum, celsius.maximum);
const count = within64(maximumCount);
const percent = within(0, 100);
/** Wear goes past 100 and ends at 255. */
const percentOfWear = within(0, 255);
const byte = within(0, 255);

const nvme: MessageChecks<NvmeHealthLog> = {
  criticalWarning: byte,
  compositeTemperatureCelsius: temperature,
  availableSparePercent: percent,
  availableSpareThresholdPercent: percent,
  percentageUsed: percentOfWear,
  dataUnitsRead: count,
  dataUnitsWritten: count,
  hostReadCommands: count,
  hostWriteCommands: count,
  controllerBusyTimeMinutes: within64(maximumHours * 60n),
  powerCycles: count,
  powerOnHours: within64(maximumHours),
  unsafeShutdowns: count,
  mediaAndDataIntegrityErrors: count,
  errorInformationLogEntries: count,
  warningCompositeTemperatureTimeMinutes: within64(maximumHours * 60n),
  criticalCompositeTemperatureTimeMinutes: within64(maximumHours * 60n),
  temperatureSensorsCelsius: numbersWithin(8, celsius.minimum, celsius.maximum),
  warningCompositeTemperatureThresholdCelsius: temperature,
  criticalCompositeTemperatureThresholdCelsius: temperature,
  thermalManagementTemperature1TransitionCount: count,
  thermalManagementTemperature2TransitionCount: count,
  thermalManagementTemperature1TotalSeconds: count,
  thermalManagementTemperature2TotalSeconds: count,
};

const ataAttribute: MessageChecks<AtaAttribute> = {
  id: requiredWithin(1, 255),
  name: text(64),
  normalizedValue: byte,
  worstValue: byte,
  threshold: byte,
  whenFailed: text(16),
  rawValue: within64(maximumRawValue),
  rawText: text(128),
  isPrefailure: flag,
};

const scsi: MessageChecks<ScsiHealth> = {
  grownDefectList: count,
  readTotalUncorrectedErrors: count,
  writeTotalUncorrectedErrors: count,
  percentageUsedEnduranceIndicator: percentOfWear,
  verifyTotalUncorrectedErrors: count,
  nonMediumErrors: count,
  writtenBytes: count,
  readBytes: count,
  tripTemperatureCelsius: temperature,
};

const ata: MessageChecks<AtaHealth> = {
  reallocatedSectorCount: count,
  reallocationEventCount: count,
  pendingSectorCount: count,
  offlineUncorrectableSectorCount: count,
  reportedUncorrectableErrors: count,
  commandTimeoutCount: count,
  commandTimeoutOver5SecondsCount: count,
  commandTimeoutOver75SecondsCount: count,
  spinRetryCount: count,
  endToEndErrors: count,
  interfaceCrcErrors: count,
  readErrors: count,
  seekErrors: count,
  percentageUsed: percentOfWear,
  writtenBytes: count,
  readBytes: count,
};

const selfTest: MessageChecks<SelfTest> = {
  type: text(64),
  result: known(SelfTestResultSchema),
  powerOnHours: within64(maximumHours),
  text: text(),
};

const selfTestLog: MessageChecks<SelfTestLog> = {
  tests: messages(21, selfTest),
  remainingPercent: percent,
  failedTestCount: within(0, 65_535),
};

export const diskHealth: MessageChecks<DiskHealth> = {
  device: text(128),
  protocol: text(16),
  modelName: text(),
  serialNumber: text(),
  firmwareVersion: text(64),
  status: known(HealthStatusSchema),
  powerState: known(PowerStateSchema),
  temperatureCelsius: temperature,
  powerOnHours: within64(maximumHours),
  powerCycles: count,
  smartctlExitStatus: byte,
  messages: texts(16, 1024),
  nvme: optionalMessage(nvme),
  ataAttributes: messages(256, ataAttribute),
  scsi: optionalMessage(scsi),
  ata: optionalMessage(ata),
  formFactor: text(64),
  rotationRateRpm: within(0, 100_000),
  modelFamily: text(),
  selfTestLog: optionalMessage(selfTestLog),
  knownTrouble: texts(8, 512),
  smartctlDeviceType: text(64),
};
