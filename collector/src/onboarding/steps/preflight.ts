/** Nothing of what makes a node fail later is there: of storage, clock, tailnet and disks. Each check names what is wrong, and the command that mends it. */
import { checkClock } from "../checks/clock.ts";
import { checkFailingDisks } from "../checks/failing-disks.ts";
import { checkLonghornPaths } from "../checks/longhorn-paths.ts";
import { checkPrerequisites } from "../checks/prerequisites.ts";
import { checkTailnet } from "../checks/tailnet.ts";
import type { Machine } from "../machine.ts";
import { blockedBy, type Step, type Verdict } from "../step.ts";

export const preflight: Step = { name: "preflight", isSkippable: true, judge };

const checks = [checkPrerequisites, checkLonghornPaths, checkClock, checkTailnet, checkFailingDisks] as const;

function judge(machine: Machine): Verdict {
  const found = checks.map((check) => check(machine));
  return blockedBy(
    found.flatMap(({ obstacles }) => obstacles),
    () => {
      const unknown = found.flatMap(({ unknown: each }) => each ?? []);
      if (unknown.length > 0)
        return {
          kind: "waiting",
          text: unknown.map(({ text }) => text).join("; "),
          probes: unknown.flatMap(({ probes }) => probes),
        };
      return { kind: "passed", text: "nothing is in the way", evidence: found.flatMap(({ evidence }) => evidence) };
    },
  );
}
