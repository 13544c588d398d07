/** No disk declares that it fails: nothing is to be stored on it. As the disks say now; a finding would stay for a day. */

import { shellWord } from "@nodekeeper/shared";
import { toldSubjects } from "../../policy/facts/heard-probe.ts";
import type { Machine } from "../machine.ts";
import { hear } from "../machine.ts";
import { evidenceOf, places } from "../step.ts";
import type { Checked } from "./checked.ts";

/** Each fault by itself. */
export function checkFailingDisks(machine: Machine): Checked {
  const smart = hear(machine, "smart");
  const disks =
    smart.kind === "heard" ? toldSubjects(smart.probe, "disk_health").filter(({ value }) => value !== undefined).length : 0;
  const faults = machine.diskFaults();
  return {
    evidence: faults.length > 0 ? [] : evidenceOf({ disks_that_tell_of_their_health: disks, failing_disks: 0 }),
    obstacles: faults.map(({ rule, device, text, action }) => ({
      code: "disk-failing",
      text: `${text}. ${action}`,
      command: !device.startsWith("/dev/") ? "" : `smartctl -x ${shellWord(device)}`,
      on: places.node,
      probes: rule === "filesystem-read-only" || rule === "raid-degraded" ? ["disks"] : ["smart"],
    })),
  };
}
