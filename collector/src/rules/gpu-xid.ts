/**
 * NVIDIA's driver told of an event (Xid) in the kernel log. How grave it is goes by its number, by NVIDIA's catalogue, which the agent knows
 * (docs/kernel-faults.md): a fault asks for a reset of the GPU or worse; a notice speaks of the program that used it, and counts only where it
 * comes again and again; a warning is neither, or not known. It ends when the machine is started anew, which is what mends most, or a day
 * after the last time.
 */
import { type KernelFault, KernelFaultSeverity, Outcome } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { isLost, lostXid } from "./support/gpu-lost.ts";
import { gpuNames, gpuOfKernelDevice } from "./support/gpu-names.ts";
import { measuredInTens } from "./support/measure.ts";
import { isoTime, onOurClock } from "./support/node-clock.ts";
import { xidNumber } from "./support/xid.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Events of programs are told when they come so often in an hour. */
const oftenPerHour = 5;

export const gpuXid: Rule = defineRule({
  code: "gpu-xid",
  title: "NVIDIA's driver tells of a fault",
  severity: "medium",
  holdMs: 0, // it has happened
  clearMs: 0,
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) => {
    const nameOf = gpuNames(view);
    return valuesOf(view, "kernelFault").flatMap(({ subject, value }) => {
      const xid = xidNumber(value.code);
      return xid === undefined ? [] : [judge(xid, subject, value, view, nameOf)];
    });
  },
});

function judge(xid: number, told: SubjectView, fault: KernelFault, view: NodeView, nameOf: (id: string) => string): Verdict {
  const subject = { kind: told.kind, id: told.id };
  if (told.freshness !== "fresh" || told.outcome === Outcome.FAILED) {
    return { kind: "hold", subject, reason: "the kernel log is not known now" };
  }
  if (told.outcome === Outcome.ABSENT) return { kind: "clear", subject };
  const firstAtMs = onOurClock(fault.firstAtUnixMs, view);
  const lastAtMs = onOurClock(fault.lastAtUnixMs, view);
  if (lastAtMs === undefined) return { kind: "hold", subject, reason: "it is not known when it happened last" };
  const gpuId = gpuOfKernelDevice(view, fault.device);
  const count = told.samples.get("occurrences_total") ?? 1;
  const severity = severityOf(fault, count, lastAtMs - (firstAtMs ?? lastAtMs));
  const standsForMs = fault.severity === KernelFaultSeverity.NOTICE ? hourMs : dayMs;
  if (severity === undefined || view.nowMs - lastAtMs >= standsForMs) return { kind: "clear", subject };
  // gpu-unavailable says so while it is gone.
  if (xid === lostXid && isLost(fault.device, view)) return { kind: "clear", subject };
  const often = count > 1 ? `, ${count} times` : "";
  const facts = {
    message: fault.message,
    xid,
    device: fault.device,
    occurrences_total: count,
    first_at: isoTime(firstAtMs),
    last_at: isoTime(lastAtMs),
  };
  return {
    kind: "raise",
    subject,
    severity,
    isDeclared: true,
    text: `${gpuId === undefined ? fault.device || "the GPU" : nameOf(gpuId)}: ${meaningOf(fault, xid)}${often}`,
    action: fault.action || "Read the kernel log of the node around that time (dmesg -T), and NVIDIA's catalogue of Xids.",
    evidence: evidenceOf(facts, told.readAtMs ?? told.observedAtMs),
    measure: measuredInTens("occurrences", count),
  };
}

/** How often in an hour is known as a mean since the first time. */
function severityOf({ severity }: KernelFault, count: number, spanMs: number): Severity | undefined {
  switch (severity) {
    case KernelFaultSeverity.FAULT:
      return "high";
    case KernelFaultSeverity.NOTICE:
      return count >= oftenPerHour && count / Math.max(1, spanMs / hourMs) >= oftenPerHour ? "low" : undefined;
    default:
      return "low";
  }
}

function meaningOf({ meaning }: KernelFault, xid: number): string {
  if (meaning === "") return `Xid ${xid}`;
  return meaning.replace(/\.$/, "").replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase());
}
