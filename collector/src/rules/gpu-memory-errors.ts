/**
 * The memory of a GPU has faults, as its driver says: rows that could not be replaced, rows or pages that wait to be replaced, errors that
 * could not be corrected since the driver was loaded; or the driver asks for something to be done. Corrected errors are what the correction
 * is for, and what a GPU counted before is its past. Sources: NVML's ECC counters, row remapper, retired pages and recovery action.
 */
import type { GpuStatus } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import { compareSeverity } from "../evaluate/severity.ts";
import type { NodeView, SubjectView } from "../state/node-view.ts";
import { concludeOnValues } from "./support/conclude-on-values.ts";
import { evidenceOf } from "./support/evidence.ts";
import { gpuNames } from "./support/gpu-names.ts";

export const gpuMemoryErrors: Rule = defineRule({
  code: "gpu-memory-errors",
  title: "Faults in a GPU's memory",
  severity: "medium",
  holdMs: 0, // the driver says it
  clearMs: 0,
  dependsOn: ["node-not-reporting"],
  evaluate: (view: NodeView) => {
    const nameOf = gpuNames(view);
    return concludeOnValues(view, "gpuStatus", "what its driver says", ({ subject, value, readAtMs }) => {
      const faults = faultsOf(value, subject).toSorted((a, b) => compareSeverity(a.severity, b.severity));
      const [worst] = faults;
      if (worst === undefined) return { kind: "clear" };
      return {
        kind: "raise",
        severity: worst.severity,
        isDeclared: true,
        text: `${nameOf(subject.id)}: ${faults.map(({ text }) => text).join("; ")}`,
        action: worst.action,
        evidence: evidenceOf(factsOf(value, subject), readAtMs),
        measure: { name: "memory_faults_counted", level: faultsCounted(value, subject) },
      };
    });
  },
});

interface Fault {
  readonly severity: Severity;
  readonly text: string;
  readonly action: string;
}

const resetAction = "Reset the GPU when nothing runs on it (nvidia-smi --gpu-reset), or restart the machine.";
const recoveryActions: Readonly<Record<string, Omit<Fault, "severity">>> = {
  "gpu-reset": { text: "its driver asks for a reset of the GPU", action: resetAction },
  "node-reboot": { text: "its driver asks for a restart of the machine", action: "Restart the machine." },
  "drain-p2p": {
    text: "its driver asks that nothing new be started that talks to other GPUs",
    action: "Let what runs on it end; then reset the GPU.",
  },
  "drain-and-reset": {
    text: "its driver asks that the GPU be drained and reset",
    action: "Let what runs on it end; then reset the GPU.",
  },
};

function faultsOf(status: GpuStatus, { samples }: SubjectView): readonly Fault[] {
  const uncorrected = samples.get("ecc_uncorrected_errors_total") ?? 0;
  const recovery = recoveryActions[status.recoveryAction];
  const faults: readonly (Fault | undefined)[] = [
    status.hasRowRemapFailed === true
      ? {
          severity: "high",
          text: "a faulty row of its memory could not be replaced",
          action: "Have the GPU replaced: it has no spare rows left.",
        }
      : undefined,
    status.isRowRemapPending === true
      ? { severity: "medium", text: "a faulty row of its memory waits to be replaced", action: resetAction }
      : undefined,
    status.isPageRetirementPending === true
      ? { severity: "medium", text: "a faulty page of its memory waits to be taken out of use", action: "Restart the machine." }
      : undefined,
    uncorrected > 0
      ? {
          severity: "medium",
          text: `${counted(uncorrected, "error")} of its memory could not be corrected since the driver was loaded`,
          action: `Restart the programs on it, whose results may be wrong. ${resetAction}`,
        }
      : undefined,
    recovery === undefined ? undefined : { severity: "medium", ...recovery },
  ];
  return faults.filter((fault) => fault !== undefined);
}

/** All that the GPU remembers over restarts, where it does; what was counted since the driver was loaded begins anew with it. */
function faultsCounted({ remappedRowsUncorrectedCount = 0, retiredPagesCount = 0 }: GpuStatus, { samples }: SubjectView): number {
  const errors = samples.get("ecc_lifetime_uncorrected_errors_total") ?? samples.get("ecc_uncorrected_errors_total") ?? 0;
  return errors + remappedRowsUncorrectedCount + retiredPagesCount;
}

function factsOf(status: GpuStatus, { samples }: SubjectView): Parameters<typeof evidenceOf>[0] {
  return {
    uuid: status.uuid,
    recovery_action: status.recoveryAction,
    ecc_uncorrected_errors_total: samples.get("ecc_uncorrected_errors_total"),
    ecc_lifetime_uncorrected_errors_total: samples.get("ecc_lifetime_uncorrected_errors_total"),
    remapped_rows_uncorrected_count: status.remappedRowsUncorrectedCount,
    is_row_remap_pending: status.isRowRemapPending,
    has_row_remap_failed: status.hasRowRemapFailed,
    retired_pages_count: status.retiredPagesCount,
    is_page_retirement_pending: status.isPageRetirementPending,
  };
}
