/** What a disk counts of its errors, of that by which it is judged when it grows. Pure. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { innerSubject, numberField } from "@nodekeeper/shared/fields";

/** The counters of one disk. */
export interface ErrorCounters {
  /** Whether one of them is not 0. */
  readonly isAny: boolean;
  /** Those that are not 0 and that nobody calls a trouble, e.g. "12 CRC errors"; "" where there are none. */
  readonly text: string;
}

/** What the rule disk-errors-growing follows; with a title where diskTroubles does not say it. */
const counters: readonly (readonly [part: "nvme" | "ata" | "scsi", field: string, title?: string])[] = [
  ["nvme", "mediaAndDataIntegrityErrors"],
  ["ata", "reallocatedSectorCount"],
  ["ata", "pendingSectorCount"],
  ["ata", "offlineUncorrectableSectorCount"],
  ["ata", "reportedUncorrectableErrors"],
  ["ata", "commandTimeoutCount", "command timeouts"],
  ["ata", "interfaceCrcErrors", "CRC errors"],
  ["scsi", "grownDefectList"],
  ["scsi", "readTotalUncorrectedErrors"],
  ["scsi", "writeTotalUncorrectedErrors"],
  ["scsi", "verifyTotalUncorrectedErrors", "uncorrected verifications"],
];

/** Reads them; a disk that counts nothing has none. */
export function errorCounters(health: SubjectBody): ErrorCounters {
  const grown = counters
    .map(([part, field, title]) => ({ title, count: numberField(innerSubject(health, part), field) ?? 0 }))
    .filter(({ count }) => count > 0);
  const untold = grown.flatMap(({ title, count }) => (title === undefined ? [] : [`${count.toLocaleString("en")} ${title}`]));
  return { isAny: grown.length > 0, text: untold.join(", ") };
}
