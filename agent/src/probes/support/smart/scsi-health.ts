/** What a SCSI or SAS disk says of its wear and errors, as smartctl prints it. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ScsiHealthSchema } from "@nodekeeper/proto";
import { at, countOf, integerOf } from "../document-values.ts";
import { celsius, maximumCount } from "./limits.ts";
import { printedNumber } from "./printed-lines.ts";

const bytesPerThousandthOfGigabyte = 1_000_000n;

/** Defects and error counters; undefined where the disk keeps none of them. */
export function scsiHealthOf(document: unknown): MessageInitShape<typeof ScsiHealthSchema> | undefined {
  if (at(document, "device", "protocol") !== "SCSI") return undefined;
  const errors = (operation: string): bigint | undefined =>
    countOf(at(document, "scsi_error_counter_log", operation, "total_uncorrected_errors"), maximumCount);
  const health = {
    grownDefectList: countOf(at(document, "scsi_grown_defect_list"), maximumCount),
    readTotalUncorrectedErrors: errors("read"),
    writeTotalUncorrectedErrors: errors("write"),
    verifyTotalUncorrectedErrors: errors("verify"),
    percentageUsedEnduranceIndicator: wearOf(document),
    nonMediumErrors: countOf(printedNumber(document, "Non-medium error count"), maximumCount),
    writtenBytes: bytesOf(at(document, "scsi_error_counter_log", "write", "gigabytes_processed")),
    readBytes: bytesOf(at(document, "scsi_error_counter_log", "read", "gigabytes_processed")),
    tripTemperatureCelsius: tripTemperatureOf(document),
  };
  return Object.values(health).some((value) => value !== undefined) ? health : undefined;
}

/** Under a name of its own up to 7.4, and under that of all protocols from 7.5 on. */
function wearOf(document: unknown): number | undefined {
  return (
    integerOf(at(document, "scsi_percentage_used_endurance_indicator"), 0, 255) ??
    integerOf(at(document, "endurance_used", "current_percent"), 0, 255)
  );
}

/** A text of 10^9 bytes with three decimals, behind the point or comma of whoever asked. A counter that the disk does not keep is 0. */
function bytesOf(gigabytes: unknown): bigint | undefined {
  const [, whole, thousandths] = (typeof gigabytes === "string" && /^(\d{1,15})[.,](\d{3})$/.exec(gigabytes)) || [];
  if (whole === undefined) return undefined;
  return countOf(BigInt(`${whole}${thousandths}`) * bytesPerThousandthOfGigabyte, maximumCount);
}

/** 0 is unknown. smartctl 7.3 had it under another name. */
function tripTemperatureOf(document: unknown): number | undefined {
  const trip = at(document, "temperature", "drive_trip") ?? at(document, "scsi_temperature", "drive_trip");
  return integerOf(trip, celsius.minimum, celsius.maximum) || undefined;
}
