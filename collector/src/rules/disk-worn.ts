/**
 * A disk of flash comes to the end of what it is rated to be written. Wear is the vendor's own estimate: NVMe's percentage used, the like of
 * ATA and SCSI, and the life of eMMC and SD cards, which is told in steps of ten. Beyond 100 % a disk may live on for long, but its warranty
 * is spent: it is to be replaced in peace, and no fault. Beyond 100 each step of ten is said anew (scrutiny issue 203: two drives died at
 * 104 and 130 % without a word after the first).
 */
import { type BlockDevice, type DiskHealth, Outcome } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type SubjectView, valuesOf } from "../state/node-view.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf, type Fact } from "./support/evidence.ts";

/** From how much on it is how loud. Loudest first. */
const levels: readonly { readonly severity: Severity; readonly fromPercent: number }[] = [
  { severity: "medium", fromPercent: 90 },
  { severity: "low", fromPercent: 80 },
];
const ratedPercent = 100;
const stepPercent = 10;
const hourMs = 3_600_000;

export const diskWorn: Rule = defineRule({
  code: "disk-worn",
  title: "Disk worn",
  severity: "medium",
  holdMs: hourMs, // disks work it out once an hour; one odd reading is none
  clearMs: 24 * hourMs,
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => [
    ...concludeOnDisks(view, concludeOnDisk),
    ...valuesOf(view, "blockDevice").flatMap(({ subject, value }) => judgeCard(subject, value)),
  ],
});

function concludeOnDisk({ health, name, readAtMs }: KnownDisk): Conclusion {
  const percent = percentOf(health);
  if (percent === undefined) return unknown("its wear");
  const facts = {
    percentage_used: percent,
    power_on_hours: health.powerOnHours,
    data_units_written: health.nvme?.dataUnitsWritten,
    written_bytes: health.ata?.writtenBytes ?? health.scsi?.writtenBytes,
    available_spare_percent: health.nvme?.availableSparePercent,
  };
  return conclusionOf(name, percent, facts, readAtMs);
}

function percentOf({ nvme, ata, scsi }: DiskHealth): number | undefined {
  return nvme?.percentageUsed ?? ata?.percentageUsed ?? scsi?.percentageUsedEnduranceIndicator;
}

/** Cards say at most how much: "at most 90 %" says that 80 % are passed. */
function judgeCard(subject: SubjectView, device: BlockDevice): readonly Verdict[] {
  const life = device.flashLife;
  if (life === undefined) return [];
  const ref = { kind: subject.kind, id: subject.id };
  if (subject.outcome === Outcome.ABSENT) return [{ kind: "clear", subject: ref }];
  const atMost = Math.max(life.usedTypeAPercent ?? 0, life.usedTypeBPercent ?? 0);
  const isKnown = isFreshAndOk(subject) && (atMost > 0 || life.reserveState !== "");
  if (!isKnown) return [{ kind: "hold", subject: ref, reason: "its wear is not known now" }];
  // Its reserve is the same thing seen from the other side: "warning" is 80 % used, "urgent" 90 %.
  const byReserve = { warning: 80, urgent: 90 }[life.reserveState] ?? 0;
  const percent = Math.max(byReserve, atMost - stepPercent);
  const facts = {
    used_type_a_percent: life.usedTypeAPercent,
    used_type_b_percent: life.usedTypeBPercent,
    reserve_state: life.reserveState,
  };
  const name = `${device.model || subject.id} (${device.name})`;
  return [{ ...conclusionOf(name, percent, facts, subject.readAtMs ?? subject.observedAtMs), subject: ref }];
}

function conclusionOf(name: string, percent: number, facts: Readonly<Record<string, Fact>>, readAtMs: number): Conclusion {
  const level = levels.find(({ fromPercent }) => percent >= fromPercent);
  if (level === undefined) return { kind: "clear" };
  const step = percent >= ratedPercent ? Math.floor(percent / stepPercent) * stepPercent : level.fromPercent;
  return {
    kind: "raise",
    severity: level.severity,
    text: `${name}: ${step} % or more of the writing that it is rated for is used up`,
    action:
      percent >= ratedPercent
        ? "Replace the disk when it suits you, and have a copy of what is on it: it may live on for long, but nobody promises it."
        : "Plan to replace the disk; the forecasts of its node say when 100 % will be reached.",
    evidence: evidenceOf(facts, readAtMs),
    measure: { name: "percentage_used", level: step }, // 80, 90, 100, 110 …: told once at each
  };
}
