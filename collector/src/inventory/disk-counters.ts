/** The error counters of disks that are judged by their growth. A disk may be bought with errors; what counts is what comes after. */
import type { DiskHealth } from "@nodekeeper/proto";

/** A counter. */
export interface DiskCounter {
  /** As in evidence and in the store; stable for ever. */
  readonly name: string;
  /** In a sentence, after "more". */
  readonly title: string;
  /** media: data is at stake; transport: the cable, as a rule; none: followed, but no reason to speak. */
  readonly concern: "media" | "transport" | "none";
  /** Undefined where the disk does not have it. */
  read(health: DiskHealth): bigint | undefined;
}

/** All of them. */
export const diskCounters: readonly DiskCounter[] = [
  {
    name: "media_and_data_integrity_errors",
    title: "media and data integrity errors",
    concern: "media",
    read: ({ nvme }) => nvme?.mediaAndDataIntegrityErrors,
  },
  // Power that went without notice: the machine's fault, and harmless for most disks.
  { name: "unsafe_shutdowns", title: "unsafe shutdowns", concern: "none", read: ({ nvme }) => nvme?.unsafeShutdowns },
  {
    name: "reallocated_sector_count",
    title: "reallocated sectors",
    concern: "media",
    read: ({ ata }) => ata?.reallocatedSectorCount,
  },
  { name: "pending_sector_count", title: "pending sectors", concern: "media", read: ({ ata }) => ata?.pendingSectorCount },
  {
    name: "offline_uncorrectable_sector_count",
    title: "uncorrectable sectors in its own scan",
    concern: "media",
    read: ({ ata }) => ata?.offlineUncorrectableSectorCount,
  },
  {
    name: "reported_uncorrectable_errors",
    title: "reported uncorrectable errors",
    concern: "media",
    read: ({ ata }) => ata?.reportedUncorrectableErrors,
  },
  {
    name: "command_timeout_count",
    title: "command timeouts",
    concern: "transport",
    read: ({ ata }) => ata?.commandTimeoutCount,
  },
  {
    name: "interface_crc_errors",
    title: "CRC errors on its interface",
    concern: "transport",
    read: ({ ata }) => ata?.interfaceCrcErrors,
  },
  { name: "grown_defect_list", title: "grown defects", concern: "media", read: ({ scsi }) => scsi?.grownDefectList },
  {
    name: "read_total_uncorrected_errors",
    title: "uncorrected reads",
    concern: "media",
    read: ({ scsi }) => scsi?.readTotalUncorrectedErrors,
  },
  {
    name: "write_total_uncorrected_errors",
    title: "uncorrected writes",
    concern: "media",
    read: ({ scsi }) => scsi?.writeTotalUncorrectedErrors,
  },
  {
    name: "verify_total_uncorrected_errors",
    title: "uncorrected verifications",
    concern: "media",
    read: ({ scsi }) => scsi?.verifyTotalUncorrectedErrors,
  },
];
