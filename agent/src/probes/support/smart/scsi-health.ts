/** What a SCSI or SAS disk says of its wear and errors, as smartctl prints it. Pure. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ScsiHealthSchema } from "@nodekeeper/proto";
import { at, countOf, integerOf } from "./document-values.ts";
import { maximumCount } from "./limits.ts";

/** Defects and error counters; undefined where the disk keeps none of them. */
export function scsiHealthOf(document: unknown): MessageInitShape<typeof ScsiHealthSchema> | undefined {
  const errors = (operation: string): bigint | undefined =>
    countOf(at(document, "scsi_error_counter_log", operation, "total_uncorrected_errors"), maximumCount);
  const health = {
    grownDefectList: countOf(at(document, "scsi_grown_defect_list"), maximumCount),
    readTotalUncorrectedErrors: errors("read"),
    writeTotalUncorrectedErrors: errors("write"),
    percentageUsedEnduranceIndicator: integerOf(at(document, "scsi_percentage_used_endurance_indicator"), 0, 255),
  };
  return Object.values(health).some((value) => value !== undefined) ? health : undefined;
}
