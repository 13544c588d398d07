/** SMART / Health Information of an NVMe controller (log page 02h) as smartctl prints it. Units stay the specification's. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { NvmeHealthLogSchema } from "@nodekeeper/proto";
import { at, countOf, elementsOf, integerOf } from "../document-values.ts";
import { celsius, maximumCount, maximumHours } from "./limits.ts";
import { printedNumber } from "./printed-lines.ts";

const maximumMinutes = maximumHours * 60n;
/** The log has room for eight sensors. */
const maximumSensors = 8;
/** Thermal management counts in 32 bits. */
const maximumThermalCount: bigint = 2n ** 32n - 1n;

/** The log page; undefined where the document has none. smartctl has taken 273 off the Kelvin, and left out temperatures of 0 K. */
export function nvmeHealthOf(document: unknown): MessageInitShape<typeof NvmeHealthLogSchema> | undefined {
  const log = at(document, "nvme_smart_health_information_log");
  if (typeof log !== "object" || log === null) return undefined;
  const count = (name: string, maximum = maximumCount): bigint | undefined => countOf(at(log, name), maximum);
  return {
    criticalWarning: integerOf(at(log, "critical_warning"), 0, 255),
    compositeTemperatureCelsius: temperatureOf(at(log, "temperature")),
    availableSparePercent: integerOf(at(log, "available_spare"), 0, 100),
    availableSpareThresholdPercent: integerOf(at(log, "available_spare_threshold"), 0, 100),
    percentageUsed: integerOf(at(log, "percentage_used"), 0, 255),
    dataUnitsRead: count("data_units_read"),
    dataUnitsWritten: count("data_units_written"),
    hostReadCommands: count("host_reads"),
    hostWriteCommands: count("host_writes"),
    controllerBusyTimeMinutes: count("controller_busy_time", maximumMinutes),
    powerCycles: count("power_cycles"),
    powerOnHours: count("power_on_hours", maximumHours),
    unsafeShutdowns: count("unsafe_shutdowns"),
    mediaAndDataIntegrityErrors: count("media_errors"),
    errorInformationLogEntries: count("num_err_log_entries"),
    warningCompositeTemperatureTimeMinutes: count("warning_temp_time", maximumMinutes),
    criticalCompositeTemperatureTimeMinutes: count("critical_comp_time", maximumMinutes),
    temperatureSensorsCelsius: elementsOf(at(log, "temperature_sensors"))
      .map(temperatureOf)
      .filter((sensor) => sensor !== undefined)
      .slice(0, maximumSensors),
    warningCompositeTemperatureThresholdCelsius: thresholdOf(document, {
      ownName: "warning",
      commonName: "op_limit_max",
      label: "Warning  Comp. Temp. Threshold",
    }),
    criticalCompositeTemperatureThresholdCelsius: thresholdOf(document, {
      ownName: "critical",
      commonName: "critical_limit_max",
      label: "Critical Comp. Temp. Threshold",
    }),
    thermalManagementTemperature1TransitionCount: thermalCountOf(document, 1, "Transition Count"),
    thermalManagementTemperature2TransitionCount: thermalCountOf(document, 2, "Transition Count"),
    thermalManagementTemperature1TotalSeconds: thermalCountOf(document, 1, "Total Time"),
    thermalManagementTemperature2TotalSeconds: thermalCountOf(document, 2, "Total Time"),
  };
}

function temperatureOf(value: unknown): number | undefined {
  return integerOf(value, celsius.minimum, celsius.maximum);
}

/**
 * WCTEMP and CCTEMP stand under a name of their own, and among the limits of all protocols too, from smartctl 7.5 on. Versions before print
 * them as text only.
 */
function thresholdOf(
  document: unknown,
  { ownName, commonName, label }: { readonly ownName: string; readonly commonName: string; readonly label: string },
): number | undefined {
  const printed = printedNumber(document, label, "Celsius");
  return (
    temperatureOf(at(document, "nvme_composite_temperature_threshold", ownName)) ??
    temperatureOf(at(document, "temperature", commonName)) ??
    temperatureOf(printed === undefined ? undefined : Number(printed))
  );
}

/** smartctl says nothing of thermal management where all four numbers are 0: disks that do not know it say so too. Before 7.5 as text only. */
function thermalCountOf(document: unknown, level: 1 | 2, what: "Transition Count" | "Total Time"): bigint | undefined {
  const key = `thermal_mgmt_temperature_${level}_${what === "Total Time" ? "total_time" : "transition_count"}`;
  return (
    countOf(at(document, "nvme_smart_health_information_log", key), maximumThermalCount) ??
    countOf(printedNumber(document, `Thermal Temp. ${level} ${what}`), maximumThermalCount)
  );
}
