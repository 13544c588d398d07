/**
 * A GPU that is built in cannot be used, or cannot be asked: its driver is missing, the driver's two parts do not fit together, the agent may
 * not ask it, it has fallen off the bus, or it is not in the machine any more. One that sleeps is well.
 */
import { Outcome } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { canCompute, type GpuProblem, gpuProblem, gpuProblemText, isLent } from "@nodekeeper/shared/readings";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import type { NodeView, SubjectView } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";
import { gpuNames } from "./support/gpu-names.ts";

export const gpuUnavailable: Rule = defineRule({
  code: "gpu-unavailable",
  title: "GPU cannot be used",
  severity: "medium",
  holdMs: 5 * 60_000, // a driver is loaded late in the boot, and is gone for minutes while it is upgraded
  clearMs: 60_000,
  dependsOn: ["node-not-reporting"],
  evaluate: judge,
});

/** What it means, and what to do. */
interface Meaning {
  readonly severity: Severity;
  readonly action: string;
  /** True for what does not pass by itself. */
  readonly isDeclared?: boolean;
}

const meanings: Readonly<Record<GpuProblem, Meaning>> = {
  lost: {
    severity: "high",
    isDeclared: true,
    action:
      "Restart the machine; if it happens again, look at the GPU's power cables, slot, heat and power supply, and read the kernel log around that time.",
  },
  gone: {
    severity: "medium",
    action: "Look at slot and power of the GPU, and restart the machine. If it was taken out, nothing: this ends after a day.",
  },
  "driver-mismatch": {
    severity: "medium",
    action: "Restart the machine, or unload and load the driver's kernel modules: until then no new program can use the GPU.",
  },
  "driver-missing": {
    severity: "low",
    action:
      "Install the driver of its maker if the GPU is meant to compute; after an upgrade of the kernel, build its module anew.",
  },
  "permission-denied": {
    severity: "low",
    action: "Run the probing part of the agent as root, or give it the GPU's devices.",
  },
};

function judge(view: NodeView): readonly Verdict[] {
  const nameOf = gpuNames(view);
  const statuses = new Map(view.subjects.filter(({ kind }) => kind === "gpu_status").map((status) => [status.id, status]));
  return view.subjects.flatMap((device) => {
    if (device.kind !== "gpu") return [];
    const value = device.value?.case === "gpu" ? device.value.value : undefined;
    // A machine has many things that only draw: they are missed by nobody.
    const computes = value === undefined || (value.isIntegrated !== true && canCompute(value.vendor));
    return computes ? [judgeGpu(device, statuses.get(device.id), nameOf(device.id))] : [];
  });
}

function judgeGpu(device: SubjectView, status: SubjectView | undefined, name: string): Verdict {
  const subject = { kind: device.kind, id: device.id };
  if (device.freshness !== "fresh") return { kind: "hold", subject, reason: "nothing was heard of it lately" };
  // The state forgets after a day what is gone, and the finding ends with it.
  if (device.outcome === Outcome.ABSENT) {
    return raise("gone", name, { missing_since: isoTime(device.absentSinceMs) }, device, subject);
  }
  if (device.outcome !== Outcome.OK) return judgeFailure(device, name, subject);
  const isSetAside = device.value?.case === "gpu" && isLent(device.value.value.driver); // its owner wants it so
  if (isSetAside || status === undefined || status.outcome === Outcome.ABSENT) return { kind: "clear", subject };
  if (status.freshness !== "fresh") return { kind: "hold", subject, reason: "its driver was not heard of lately" };
  if (status.outcome === Outcome.OK) return { kind: "clear", subject };
  return judgeFailure(status, name, subject);
}

function judgeFailure(told: SubjectView, name: string, subject: Verdict["subject"]): Verdict {
  const problem = gpuProblem(told.failure);
  if (problem === undefined) return { kind: "hold", subject, reason: "it could not be read" };
  const facts = { code: told.failure?.code, message: told.failure?.message };
  return raise(problem, name, facts, told, subject);
}

function raise(
  problem: GpuProblem,
  name: string,
  facts: Readonly<Record<string, string | undefined>>,
  told: SubjectView,
  subject: Verdict["subject"],
): Verdict {
  const { severity, action, isDeclared = false } = meanings[problem];
  return {
    kind: "raise",
    subject,
    severity,
    text: `${name}: ${gpuProblemText(problem)}`,
    action,
    evidence: evidenceOf(facts, told.observedAtMs),
    isDeclared,
  };
}

function isoTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
