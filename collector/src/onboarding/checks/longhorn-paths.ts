/** Every folder that is meant for a disk has its filesystem: else Longhorn takes what lies below for the disk, and fills the root filesystem. */
import { shellWord } from "@nodekeeper/shared";
import { toldSubjects } from "../../policy/facts/heard-probe.ts";
import { hear, type Machine } from "../machine.ts";
import { places } from "../step.ts";
import { type Checked, unconcerned } from "./checked.ts";

/** By what the agent finds on the machine itself. */
export function checkLonghornPaths(machine: Machine): Checked {
  const longhorn = hear(machine, "longhorn", ["longhorn_path"]);
  if (longhorn.kind !== "heard") return unconcerned; // what cannot be read, the prerequisites wait for
  const obstacles = toldSubjects(longhorn.probe, "longhorn_path").flatMap(({ id, value, isAbsent }) => {
    if (isAbsent || value?.case !== "longhornPath") return [];
    const { problem, message } = value.value;
    return [
      {
        code: "disk-unmounted",
        text: `${id}: ${message}`,
        command: problem === "empty" ? `findmnt ${shellWord(id)}; blkid` : `mount ${shellWord(id)}`,
        on: places.node,
        probes: ["longhorn", "disks"],
      },
    ];
  });
  return { obstacles, evidence: [] };
}
