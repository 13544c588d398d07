/**
 * How many hard disks of a hundred fail within a year, by what they count: published by Backblaze for its own (hard-drive data 2013 to 2016,
 * some 68,000 disks), in the ranges in which Scrutiny (github.com/AnalogJ/scrutiny) has them. Hard disks only: SSDs count otherwise.
 *
 * Ranges are of whole numbers, each up to the start of the next, the last without an end, so that every number lies in exactly one. The
 * published rates go up and down with chance where few disks were counted; what is used is the highest up to a value, so that a disk that
 * counts more is never judged milder.
 */
import type { AtaHealth } from "@nodekeeper/proto";

/** From a count on, so many of a hundred disks failed within a year. More than 100: they lasted less than a year. */
export interface FailureRange {
  readonly from: number;
  readonly annualFailurePercent: number;
}

/** A count of which failure rates are known. */
export interface RatedCount {
  /** Number of the ATA attribute. */
  readonly attribute: number;
  readonly field: keyof AtaHealth & string;
  /** What is counted, e.g. "replaced sectors". */
  readonly text: string;
  /** Counts of one group see the same fault from two sides; of two groups they are two witnesses. */
  readonly group: "replaced" | "unreadable" | "reported" | "timeouts" | "mechanics" | "path" | "cable";
  /** False where it speaks of something else than the disk, or where the rate is borrowed from another attribute. */
  readonly isCritical: boolean;
  /** In rising order; the first is from 0. */
  readonly ranges: readonly FailureRange[];
}

/** The counts, in the order in which they are told. */
export const ratedCounts: readonly RatedCount[] = [
  {
    attribute: 197,
    field: "pendingSectorCount",
    text: "sectors that cannot be read and wait to be replaced",
    group: "unreadable",
    isCritical: true,
    ranges: ranges([0, 2.6], [1, 34.2], [3, 68.2], [7, 61.1], [17, 95.6], [41, 165.2], [101, 251.4], [251, 332], [651, 313.3]),
  },
  {
    attribute: 198,
    field: "offlineUncorrectableSectorCount",
    text: "sectors that its own scan could not read",
    group: "unreadable",
    isCritical: true,
    ranges: ranges([0, 2.9], [1, 81.4], [3, 111.7], [5, 135.6], [7, 73.2], [9, 57.8], [11, 174.6], [13, 264.5], [15, 79.7]),
  },
  {
    attribute: 187,
    field: "reportedUncorrectableErrors",
    text: "errors that could not be corrected",
    group: "reported",
    isCritical: true,
    ranges: ranges([0, 2.8], [1, 33.9], [2, 24.1], [4, 50.1], [7, 38], [12, 53.5], [21, 84.3], [36, 144.3], [66, 161.9]),
  },
  {
    attribute: 5,
    field: "reallocatedSectorCount",
    text: "replaced sectors",
    group: "replaced",
    isCritical: true,
    ranges: ranges(
      ...([
        [0, 2.5],
        [1, 2.7],
        [5, 7.5],
        [17, 23.6],
        [71, 36.2],
        [261, 56.8],
        [1101, 150.3],
        [4501, 206.6],
        [17001, 177.6],
      ] as const),
    ),
  },
  {
    attribute: 196,
    field: "reallocationEventCount",
    text: "replacements of a sector",
    group: "replaced",
    isCritical: true,
    ranges: ranges([0, 0.7], [1, 2.7], [2, 2.5], [3, 3.2], [5, 4.3], [8, 3.4], [12, 17], [18, 5.9], [28, 24.7]),
  },
  {
    // The published ranges above 100 go by the packed raw value: their edges are multiples of 3 × 2³², three commands that took longer than
    // 7.5 s. A total of commands never gets there.
    attribute: 188,
    field: "commandTimeoutCount",
    text: "commands that were broken off",
    group: "timeouts",
    isCritical: true,
    ranges: ranges([0, 2.5], [101, 10]),
  },
  {
    // Published by the normalised value, which is 100 less the number of errors.
    attribute: 184,
    field: "endToEndErrors",
    text: "changes of data on its way through the disk",
    group: "path",
    isCritical: true,
    ranges: ranges([0, 9.3], [1, 83.7], [2, 180.7]),
  },
  {
    // Borrowed from attribute 11: there is no count of its own.
    attribute: 10,
    field: "spinRetryCount",
    text: "further attempts to spin up",
    group: "mechanics",
    isCritical: false,
    ranges: ranges([0, 5.5], [1, 55.6]),
  },
  {
    attribute: 199,
    field: "interfaceCrcErrors",
    text: "errors on its cable",
    group: "cable",
    isCritical: false,
    ranges: ranges([0, 4.1], [2, 15.1], [3, 16.8], [5, 15.4], [9, 14.9], [17, 20.9], [36, 13.7], [71, 22.3], [131, 18.3]),
  },
];

/** The range that a count lies in. */
export function rangeOf(rated: Pick<RatedCount, "ranges">, count: bigint): FailureRange | undefined {
  return rated.ranges.findLast(({ from }) => count >= from);
}

/** The highest published rate up to a count: it never falls as the count rises. */
export function annualFailurePercent(rated: Pick<RatedCount, "ranges">, count: bigint): number {
  return Math.max(0, ...rated.ranges.filter(({ from }) => count >= from).map((range) => range.annualFailurePercent));
}

/** How many ranges of its table a count has left behind: it moves when the count gets into the next one, not with every sector. */
export function rangesPassed(rated: Pick<RatedCount, "ranges">, count: bigint): number {
  return Math.max(0, rated.ranges.filter(({ from }) => count >= from).length - 1);
}

function ranges(...pairs: readonly (readonly [from: number, annualFailurePercent: number])[]): readonly FailureRange[] {
  return pairs.map(([from, percent]) => ({ from, annualFailurePercent: percent }));
}
