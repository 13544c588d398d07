/**
 * The kernel told of a fault: data or a device was lost, or something of a disk went wrong again and again. It stands for a day after the
 * last time, a new start of the machine included: a restart mends little, and what happened has happened.
 */
import { type KernelFault, KernelFaultSeverity, Outcome } from "@nodekeeper/proto";
import { defineRule, type FiringOf, type Rule, type Verdict } from "../evaluate/rule.ts";
import { type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { deviceNames, type NamedDevice } from "./support/kernel-device.ts";

const dayMs = 24 * 3_600_000;
/** Something of a disk that was mended by itself so often since the start of the machine is no chance. */
const repeatedCount = 3;
/** Areas in which a fault takes data with it. */
const dataAreas: readonly string[] = ["disk", "filesystem", "raid"];

export const kernelFault: Rule = defineRule({
  code: "kernel-fault",
  title: "The kernel tells of a fault",
  severity: "medium",
  holdMs: 0,
  clearMs: 0, // the day after the last time is in the condition
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) => {
    const faults = valuesOf(view, "kernelFault");
    if (faults.length === 0) return [];
    const nameOf = deviceNames(view);
    return faults.map(({ subject, value }) => judge(subject, value, view, nameOf, firing));
  },
});

function judge(
  subject: SubjectView,
  fault: KernelFault,
  view: NodeView,
  nameOf: (device: string) => NamedDevice | undefined,
  firing: FiringOf,
): Verdict {
  const ref = { kind: subject.kind, id: subject.id };
  const isKnown = subject.outcome !== Outcome.FAILED && subject.freshness === "fresh";
  if (!isKnown) return { kind: "hold", subject: ref, reason: "the kernel log is not known now" };
  // A machine that was started anew no longer lists it, which makes it no less true.
  const isForgotten = subject.outcome === Outcome.ABSENT;
  if (isForgotten ? firing(ref) === undefined : !isNoteworthy(subject, fault)) return { kind: "clear", subject: ref };
  const lastAtMs = onOurClock(fault.lastAtUnixMs, view);
  if (lastAtMs === undefined) return { kind: "hold", subject: ref, reason: "it is not known when it happened last" };
  if (view.nowMs - lastAtMs >= dayMs) return { kind: "clear", subject: ref };
  const named = nameOf(fault.device);
  const isDataLost = fault.severity === KernelFaultSeverity.FAULT && dataAreas.includes(fault.area);
  const facts = {
    message: fault.message,
    code: fault.code,
    device: fault.device,
    occurrences_total: subject.samples.get("occurrences_total"),
    first_at: isoTime(onOurClock(fault.firstAtUnixMs, view)),
    last_at: isoTime(lastAtMs),
    block_device: named?.id,
    model: named?.model,
  };
  return {
    kind: "raise",
    subject: ref,
    severity: isDataLost && named?.isExternal !== true ? "high" : "medium",
    isDeclared: true,
    text: `${named?.name ?? (fault.device || "the machine")}: ${meaningOf(fault)}`,
    action: actionOf(fault, named),
    evidence: evidenceOf(facts, subject.readAtMs ?? subject.observedAtMs),
  };
}

function isNoteworthy(subject: SubjectView, { severity, area }: KernelFault): boolean {
  if (severity === KernelFaultSeverity.FAULT) return true;
  const count = subject.samples.get("occurrences_total") ?? 0;
  return severity === KernelFaultSeverity.WARNING && dataAreas.includes(area) && count >= repeatedCount;
}

/** A time by the node's clock, in ms by ours. */
function onOurClock(atUnixMs: bigint | undefined, view: NodeView): number | undefined {
  return atUnixMs === undefined ? undefined : Number(atUnixMs) - (view.node.clockSkewMs ?? 0);
}

/** To the second: the difference of the clocks is not known any better. */
function isoTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(Math.round(atMs / 1000) * 1000).toISOString();
}

/** In the agent's words, ready to stand behind a colon; else what the code says: nvme-controller-reset → nvme controller reset. */
function meaningOf({ code, meaning }: KernelFault): string {
  if (meaning === "") return code.replaceAll("-", " ");
  return meaning.replace(/\.$/, "").replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}

function actionOf({ area }: KernelFault, named: NamedDevice | undefined): string {
  switch (area) {
    case "disk":
    case "raid":
      return `Look at the health of ${named?.name ?? "the disk"}, at its cable, slot and power; have a copy of what is on it.`;
    case "filesystem":
      return "Have a copy of what is on it, look at the health of the disk below it and check the filesystem (fsck).";
    case "memory":
      return "Replace the memory module that the message names, or test the memory (memtest86+).";
    default:
      return "Read the kernel log of the node around that time (dmesg -T).";
  }
}
