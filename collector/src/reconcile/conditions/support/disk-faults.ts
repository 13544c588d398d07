/**
 * Rules that say that a disk is not well: what DiskHealthy tells of a node, and for what Longhorn's disks are restricted.
 *
 * | rule                  | from   | because                                                                              |
 * | --------------------- | ------ | ------------------------------------------------------------------------------------ |
 * | disk-declares-failure | medium | the disk says so itself; low is an attribute of temperature                          |
 * | nvme-critical-warning | medium | the disk says so itself; low are firmwares that contradict themselves                |
 * | nvme-spare-low        | high   | below the disk's own threshold; medium is a reason to buy another in peace           |
 * | nvme-too-hot          | high   | above the temperature at which it may lose data or switch off                        |
 * | ata-attributes-failing| medium | counts after which disks were published to fail; low is a cable                      |
 * | disk-errors-growing   | medium | data could not be read, or not be brought over; low are a few errors of its way      |
 * | disk-self-test-failed | medium | its own test found it                                                                |
 * | disk-missing          | medium | it was built in, and is gone; low is an enclosure that was unplugged, or long ago    |
 * | raid-degraded         | medium | one more disk may be lost, or none; low is an array with more to spare               |
 * | filesystem-read-only  | high   | the kernel gave the filesystem up                                                    |
 * | kernel-fault          | high   | data were lost on a disk that is built in; of a stick that was pulled out it is less |
 *
 * Not among them: disk-worn (used up is no fault: to be replaced in peace), disk-nearly-full (the kubelet has DiskPressure), disk-known-trouble
 * (advice).
 */
import type { Fault } from "../condition.ts";
import { from } from "./faults.ts";

/** A fault of a disk. */
export interface DiskFault extends Fault {
  /** Disk or kernel declare it: what is done about it does not wait to see whether it lasts. */
  readonly isDeclared: boolean;
}

/** All of them. */
export const diskFaults: readonly DiskFault[] = [
  { rule: "disk-declares-failure", counts: from("medium"), isDeclared: true },
  { rule: "nvme-critical-warning", counts: from("medium"), isDeclared: true },
  { rule: "nvme-spare-low", counts: from("high"), isDeclared: false },
  { rule: "nvme-too-hot", counts: from("high"), isDeclared: false },
  {
    ...{ rule: "ata-attributes-failing", counts: from("medium"), isDeclared: false },
    says: "it counts what disks count before they fail",
  },
  { rule: "disk-errors-growing", counts: from("medium"), says: "its errors grow", isDeclared: false },
  { rule: "disk-self-test-failed", counts: from("medium"), isDeclared: true },
  { rule: "disk-missing", counts: from("medium"), isDeclared: false },
  { rule: "raid-degraded", counts: from("medium"), isDeclared: true },
  { rule: "filesystem-read-only", counts: from("high"), isDeclared: true },
  { rule: "kernel-fault", counts: from("high"), isDeclared: true },
];
