/** Device statistics of an ATA disk (log 04h, ACS-3) as smartctl prints them: their meaning and unit are the standard's, not the vendor's. Pure. */
import { at, countOf, elementsOf } from "../document-values.ts";
import { maximumCount } from "./limits.ts";

/** Where a statistic stands: page, and offset in it in bytes. */
export interface StatisticPlace {
  readonly page: number;
  readonly offset: number;
}

/** The statistics that are read here. */
export type StatisticName =
  | "logicalSectorsWritten"
  | "logicalSectorsRead"
  | "reportedUncorrectableErrors"
  | "interfaceCrcErrors"
  | "percentageUsedEnduranceIndicator";

/** Their places. */
export const statistics: Readonly<Record<StatisticName, StatisticPlace>> = {
  logicalSectorsWritten: { page: 1, offset: 24 },
  logicalSectorsRead: { page: 1, offset: 40 },
  reportedUncorrectableErrors: { page: 4, offset: 8 },
  interfaceCrcErrors: { page: 6, offset: 24 },
  percentageUsedEnduranceIndicator: { page: 7, offset: 8 },
};

/** A statistic's value; undefined where the disk keeps none or says that it is not valid. */
export function statisticOf(document: unknown, { page, offset }: StatisticPlace): bigint | undefined {
  const pages = elementsOf(at(document, "ata_device_statistics", "pages"));
  const rows = elementsOf(
    at(
      pages.find((each) => at(each, "number") === page),
      "table",
    ),
  );
  const row = rows.find((each) => at(each, "offset") === offset);
  return at(row, "flags", "valid") === true ? countOf(at(row, "value"), maximumCount) : undefined;
}
