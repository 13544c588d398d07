/**
 * DiskHealthy: no disk of the node fails, has lost data, or is missing. Every node has it. Its faults are those of support/disk-faults.ts. The kernel's
 * log is no need: True says what disks and arrays say of themselves.
 */
import type { World } from "../world.ts";
import type { Condition, Judgement } from "./condition.ts";
import { diskFaults } from "./support/disk-faults.ts";
import { judgeNode, well } from "./support/judge-node.ts";

export const diskHealthy: Condition = {
  type: "DiskHealthy",
  eventReasons: { True: "DiskHealthy", False: "DiskUnhealthy", Unknown: "DiskHealthUnknown" },
  faults: diskFaults,
  judge,
};

function judge(world: World, key: string): Judgement {
  return judgeNode(world, key, {
    faults: diskFaults,
    needs: [
      { name: "disks", kinds: ["block_device"] },
      // Absent where no disk tells of its health: virtual ones, cards.
      { name: "smart", kinds: ["disk_health"] },
    ],
    conclude({ facts, probe }) {
      if (probe("disks") === undefined) return { kind: "hold", reason: "it says that it has no disks", facts };
      return probe("smart") === undefined
        ? well("no fault of its disks is known; none of them tells of its own health", facts)
        : well("no fault of its disks is known", facts);
    },
  });
}
