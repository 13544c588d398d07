/**
 * The kernel told of a fault: data or a device was lost, or something of a disk went wrong again and again. It stands for a day after the
 * last time, a new start of the machine included: a restart mends little, and what happened has happened. Of what is one event to people one
 * finding is told (support/kernel-causes.ts).
 */
import { type KernelFault, KernelFaultSeverity, Outcome } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import { defineRule, type FiringOf, type Rule, type Verdict } from "../evaluate/rule.ts";
import { type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { hasLostXid, isLost } from "./support/gpu-lost.ts";
import { causesOf, type ToldFault } from "./support/kernel-causes.ts";
import { deviceNames, type NamedDevice } from "./support/kernel-device.ts";
import { measuredInTens } from "./support/measure.ts";
import { isoTime, onOurClock } from "./support/node-clock.ts";
import { isNvmeReset } from "./support/nvme-resets.ts";
import { hasGoodPower, hasWeakPower } from "./support/weak-power.ts";
import { xidNumber } from "./support/xid.ts";

const dayMs = 24 * 3_600_000;
/** Something of a disk that was mended by itself so often since the start of the machine is no chance. */
const repeatedCount = 3;
/** Clocks are compared anew with every report, and differ by a little. */
const sameTimeMs = 60_000;
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
    // What NVIDIA's driver tells is judged by its number (gpu-xid).
    const faults = valuesOf(view, "kernelFault").filter(({ value }) => xidNumber(value.code) === undefined);
    if (faults.length === 0) return [];
    const nameOf = deviceNames(view);
    const judged = faults.map(({ subject, value }) => judge(subject, value, view, nameOf, firing));
    const causes = causesOf(
      judged.flatMap((each) => (each.told === undefined ? [] : [each.told])),
      view,
    );
    return judged.map(({ verdict, told }) => {
      if (verdict.kind !== "raise" || told === undefined) return verdict;
      return withCauses(verdict, causes(told), firing(verdict.subject));
    });
  },
  concludeGone: remembered,
});

type Raised = Extract<Verdict, { readonly kind: "raise" }>;

/** What is said of a fault, and the fault where it is told of. */
interface Judged {
  readonly verdict: Verdict;
  readonly told?: ToldFault;
}

function judge(
  subject: SubjectView,
  fault: KernelFault,
  view: NodeView,
  nameOf: (device: string) => NamedDevice | undefined,
  firing: FiringOf,
): Judged {
  const ref = { kind: subject.kind, id: subject.id };
  const hold = (reason: string): Judged => ({ verdict: { kind: "hold", subject: ref, reason } });
  const clear: Judged = { verdict: { kind: "clear", subject: ref } };
  if (subject.outcome === Outcome.FAILED || subject.freshness !== "fresh") return hold("the kernel log is not known now");
  // A machine that was started anew no longer lists it, which makes it no less true.
  const isForgotten = subject.outcome === Outcome.ABSENT;
  if (isForgotten ? firing(ref) === undefined : !isNoteworthy(subject, fault)) return clear;
  const isToldElsewhere = fault.code === "gpu-lost" && (isLost(fault.device, view) || hasLostXid(fault.device, view));
  if (isToldElsewhere) return clear;
  const lastAtMs = onOurClock(fault.lastAtUnixMs, view);
  if (lastAtMs === undefined) return hold("it is not known when it happened last");
  if (view.nowMs - lastAtMs >= dayMs) return clear;
  const named = nameOf(fault.device);
  const wasForPower = isOfWeakPower(firing(ref), lastAtMs);
  if (wasForPower && hasGoodPower(view)) return clear;
  const isForPower = wasForPower || (isNvmeReset(fault) && hasWeakPower(view));
  const told = { subject, fault, place: named?.id ?? fault.device, isForPower };
  return { verdict: raise(told, lastAtMs, named, view), told };
}

function raise(
  { subject, fault, isForPower }: ToldFault,
  lastAtMs: number,
  named: NamedDevice | undefined,
  view: NodeView,
): Verdict {
  const isDataLost = fault.severity === KernelFaultSeverity.FAULT && dataAreas.includes(fault.area);
  const occurrences = subject.samples.get("occurrences_total");
  const facts = {
    cause: isForPower ? "power" : undefined,
    message: fault.message,
    code: fault.code,
    device: fault.device,
    occurrences_total: occurrences,
    first_at: isoTime(onOurClock(fault.firstAtUnixMs, view)),
    last_at: isoTime(lastAtMs),
    block_device: named?.id,
    model: named?.model,
  };
  return {
    kind: "raise",
    subject: { kind: subject.kind, id: subject.id },
    severity: isDataLost && named?.isExternal !== true ? "high" : "medium",
    isDeclared: true,
    text: `${named?.name ?? (fault.device || "the machine")}: ${meaningOf(fault)}`,
    action: actionOf(fault, named),
    evidence: evidenceOf(facts, subject.readAtMs ?? subject.observedAtMs),
    measure: measuredInTens("occurrences", occurrences ?? 1),
  };
}

/** The last time that it happened is told as what weak power did: it stays that, and is over together with it. */
function isOfWeakPower(told: Finding | undefined, lastAtMs: number): boolean {
  const wordOf = (name: string) => told?.evidence.find((each) => each.name === name)?.value;
  return wordOf("cause") === "power" && lastAtMs - Date.parse(String(wordOf("last_at"))) <= sameTimeMs;
}

/** A machine and a collector that were both started anew know it from the finding alone: it stands for its day. */
function remembered(finding: Finding, view: NodeView): Verdict {
  const { subject, severity, text, action, evidence, measure } = finding;
  const lastAtMs = lastAtOf(evidence);
  const isForPower = isOfWeakPower(finding, lastAtMs);
  const isOver = Number.isNaN(lastAtMs) || view.nowMs - lastAtMs >= dayMs || (isForPower && hasGoodPower(view));
  if (isOver) return { kind: "clear", subject };
  return {
    ...{ kind: "raise", subject, severity, isDeclared: true, text, action, evidence },
    ...(measure === undefined ? {} : { measure }),
    ...(isForPower ? { dependsOn: ["raspberry-pi-power"] } : {}),
  };
}

/**
 * Of a filesystem that fell back to read-only it is a consequence. When somebody has made that writable again it is history: it stands for its day, and
 * calls nobody.
 */
function withCauses(raised: Raised, dependsOn: readonly string[], before: Finding | undefined): Verdict {
  if (dependsOn.length === 0 && !cameToReadOnly(before)) return raised;
  const isReadOnly = dependsOn.some((cause) => cause.startsWith("filesystem-read-only "));
  const isSameTime = lastAtOf(raised.evidence) - lastAtOf(before?.evidence ?? []) <= sameTimeMs;
  const isMended = !isReadOnly && isSameTime && cameToReadOnly(before);
  return {
    ...raised,
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(isMended ? { severity: "medium" } : {}),
    evidence: isReadOnly || isMended ? [...raised.evidence, { name: "came_to", value: "read-only" }] : raised.evidence,
  };
}

function cameToReadOnly(finding: Finding | undefined): boolean {
  return finding?.evidence.some(({ name, value }) => name === "came_to" && value === "read-only") === true;
}

function lastAtOf(evidence: Finding["evidence"] | Raised["evidence"]): number {
  return Date.parse(String(evidence.find(({ name }) => name === "last_at")?.value));
}

function isNoteworthy(subject: SubjectView, { severity, area }: KernelFault): boolean {
  if (severity === KernelFaultSeverity.FAULT) return true;
  const count = subject.samples.get("occurrences_total") ?? 0;
  return severity === KernelFaultSeverity.WARNING && dataAreas.includes(area) && count >= repeatedCount;
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
