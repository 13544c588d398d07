/** SMART / Health Information of an NVMe controller (log page 02h) as smartctl prints it. Units stay the specification's. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { NvmeHealthLogSchema } from "@nodekeeper/proto";
import { at, countOf, elementsOf, integerOf } from "./document-values.ts";
import { celsius, maximumCount, maximumHours } from "./limits.ts";

const maximumMinutes = maximumHours * 60n;
/** The log has room for eight sensors. */
const maximumSensors = 8;

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
    warningCompositeTemperatureThresholdCelsius: thresholdOf(document, "warning", "op_limit_max"),
    criticalCompositeTemperatureThresholdCelsius: thresholdOf(document, "critical", "critical_limit_max"),
  };
}

function temperatureOf(value: unknown): number | undefined {
  return integerOf(value, celsius.minimum, celsius.maximum);
}

/** WCTEMP and CCTEMP stand under a name of their own and, from smartctl 7.5 on, among the limits of all protocols too. */
function thresholdOf(document: unknown, ownName: string, commonName: string): number | undefined {
  return (
    temperatureOf(at(document, "nvme_composite_temperature_threshold", ownName)) ??
    temperatureOf(at(document, "temperature", commonName))
  );
}
