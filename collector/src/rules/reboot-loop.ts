/**
 * A machine boots again and again: three times within half an hour. Loud where a boot ended without a shutdown, or nobody wrote down how; one that is
 * shut down each time is restarted by somebody, be it a program. What does not run meanwhile is a consequence; what the kernel tells of may be the
 * cause, and is not hidden.
 */
import { KernelFaultSeverity, Outcome } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, valuesOf } from "../state/node-view.ts";
import { type RebootLoop, rebootLoopOf } from "../state/reboot-loop.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredInDoublings } from "./support/measure.ts";
import { isoTime } from "./support/node-clock.ts";
import { hasWeakPower } from "./support/weak-power.ts";

const subject = { kind: "node", id: "" } as const;
/** Boots and faults that are named. */
const maximumNamed = 8;

export const rebootLoop: Rule = defineRule({
  code: "reboot-loop",
  title: "Boots again and again",
  severity: "high",
  holdMs: 0, // three boots are no chance
  clearMs: 0, // half an hour of rest is in the condition
  dependsOn: [],
  evaluate: (view) => [judge(view)],
});

function judge(view: NodeView): Verdict {
  if (view.freshness !== "fresh") return { kind: "hold", subject, reason: "nothing is heard of it" };
  const loop = rebootLoopOf(view.node, view.nowMs);
  if (loop !== undefined) return raise(loop, view);
  const system = view.subjects.find(({ kind }) => kind === "operating_system");
  const isKnown = system !== undefined && isFreshAndOk(system) && view.node.clockSkewMs !== undefined;
  return isKnown ? { kind: "clear", subject } : { kind: "hold", subject, reason: "it is not known since when it runs" };
}

function raise({ startedAtMs, abruptCount, uptimeMs }: RebootLoop, view: NodeView): Verdict {
  const isOrderly = abruptCount === 0;
  const isForPower = hasWeakPower(view);
  const boots = startedAtMs.slice(0, maximumNamed).map((atMs, index) => [`boot_${index + 1}`, isoTime(atMs)]);
  const facts = {
    boots: startedAtMs.length,
    without_shutdown: abruptCount,
    uptime_seconds: uptimeMs === undefined ? undefined : Math.round(uptimeMs / 1_000),
    cause: isForPower ? "power" : undefined,
    kernel_faults: faultsOf(view),
    ...Object.fromEntries(boots),
  };
  return {
    kind: "raise",
    subject,
    severity: isOrderly ? "medium" : "high",
    text: `it booted ${startedAtMs.length} times within half an hour${endingOf(startedAtMs.length - 1, abruptCount)}`,
    action: isOrderly
      ? "Find out who restarts it: journalctl -b -1 -e tells how the boot before ended. Nothing is given back to it until it has run for 30 minutes."
      : `${isForPower ? "Look at its power supply first: its voltage is too low." : "Look at its power, its temperature and its memory."} journalctl -b -1 -e tells how the boot before ended. Nothing is given back to it until it has run for 30 minutes.`,
    evidence: evidenceOf(facts, view.node.lastContactAtMs),
    measure: measuredInDoublings("boots", startedAtMs.length),
  };
}

function endingOf(endedCount: number, abruptCount: number | undefined): string {
  if (abruptCount === undefined) return "";
  if (abruptCount === 0) return ", each time after a shutdown";
  return `, ${abruptCount === endedCount ? "" : `${abruptCount === 1 ? "once" : `${abruptCount} times`} `}without a shutdown before`;
}

/** What the kernel tells of since the last start. */
function faultsOf(view: NodeView): string {
  const faults = valuesOf(view, "kernelFault").filter(
    ({ subject: { outcome }, value }) => outcome === Outcome.OK && value.severity === KernelFaultSeverity.FAULT,
  );
  return [...new Set(faults.map(({ value }) => value.code))].sort().slice(0, maximumNamed).join(", ");
}
