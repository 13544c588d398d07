/**
 * An NVMe disk runs out of spare blocks. The disk states the threshold below which it warns by itself (bit 0 of its critical warning, see
 * nvme-critical-warning); this speaks before that, while there is time to replace it in peace.
 */
import { defineRule, type FiringOf, type Rule } from "../evaluate/rule.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";
import { measuredInSteps } from "./support/measure.ts";

/** So many points above the disk's own threshold it is said. */
const marginPercent = 10;
/** Spare that was never touched is not low, however high the threshold. */
const untouchedPercent = 100;
/** Spare that is gone is told anew in such steps. */
const stepPercent = 5;
/** Bit 0 of the critical warning. */
const spareBit = 0b1;
const dayMs = 24 * 3_600_000;

export const nvmeSpareLow: Rule = defineRule({
  code: "nvme-spare-low",
  title: "NVMe disk runs out of spare blocks",
  severity: "medium",
  holdMs: 10 * 60_000,
  clearMs: dayMs, // spare does not grow back: a disk that says so is not believed at once
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) => concludeOnDisks(view, (disk) => conclude(disk, firing)),
});

function conclude({ health: { nvme }, ref, name, readAtMs }: KnownDisk, firing: FiringOf): Conclusion {
  const spare = nvme?.availableSparePercent;
  const threshold = nvme?.availableSpareThresholdPercent;
  if (nvme === undefined || spare === undefined || threshold === undefined) return unknown("its spare or the threshold of it");
  const isLow = spare < untouchedPercent && spare <= threshold + marginPercent;
  // The disk's own warning says it already; one finding is enough, but one that stands is not taken back for that.
  const isSaid = ((nvme.criticalWarning ?? 0) & spareBit) !== 0 && firing(ref) === undefined;
  if (!isLow || isSaid) return { kind: "clear" };
  const isBelow = spare < threshold;
  const facts = {
    available_spare_percent: spare,
    available_spare_threshold_percent: threshold,
    percentage_used: nvme.percentageUsed,
    media_and_data_integrity_errors: nvme.mediaAndDataIntegrityErrors,
  };
  return {
    kind: "raise",
    severity: isBelow ? "high" : "medium",
    text: `${name}: ${isBelow ? "its spare blocks are below its own threshold" : "its spare blocks come close to its own threshold"}`,
    action: isBelow
      ? "Back up what is on it, move replicas away and replace the disk."
      : "Plan to replace the disk: when the spare is used up it may refuse to write.",
    evidence: evidenceOf(facts, readAtMs),
    measure: measuredInSteps("spare_percent_gone", untouchedPercent - spare, stepPercent),
  };
}
