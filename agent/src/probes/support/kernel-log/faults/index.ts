/** The whole table, by area. A test holds it against this folder, and every form against its example. */
import type { FaultKind } from "../fault-kind.ts";
import { ataFaults } from "./ata-faults.ts";
import { blockFaults } from "./block-faults.ts";
import { boardFaults } from "./board-faults.ts";
import { filesystemFaults } from "./filesystem-faults.ts";
import { gpuFaults } from "./gpu-faults.ts";
import { memoryFaults } from "./memory-faults.ts";
import { nvmeFaults } from "./nvme-faults.ts";
import { raidFaults } from "./raid-faults.ts";
import { taskFaults } from "./task-faults.ts";
import { usbFaults } from "./usb-faults.ts";

/** Everything that the agent understands of the kernel log. The first form that fits a message counts. */
export const faultKinds: readonly FaultKind[] = [
  ...nvmeFaults,
  ...blockFaults,
  ...ataFaults,
  ...filesystemFaults,
  ...raidFaults,
  ...usbFaults,
  ...memoryFaults,
  ...taskFaults,
  ...boardFaults,
  ...gpuFaults,
];
