/** What the kind of the probe `smart` may be. */
import {
  type AtaAttribute,
  type DiskHealth,
  HealthStatusSchema,
  type NvmeHealthLog,
  PowerStateSchema,
  type ScsiHealth,
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
};
