/**
 * A hard disk counts what disks count before they fail. Its own verdict says PASSED with a thousand bad sectors; published failure rates know
 * better (support/failure-rates.ts). One count is a reason to worry, two that see different faults are a disk that is about to fail.
 */
import type { AtaHealth } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import { type NodeView, valuesOf } from "../state/node-view.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";
import { annualFailurePercent, type RatedCount, rangesPassed, ratedCounts } from "./support/failure-rates.ts";

/** Worrying from here on: a fleet loses 1.5 % of its disks a year (Backblaze, 2024 and 2025). */
const criticalPercent = 10;
/** For counts that speak of something else than the disk as well. */
const otherPercent = 20;

export const ataAttributesFailing: Rule = defineRule({
  code: "ata-attributes-failing",
  title: "Hard disk counts what failing disks count",
  severity: "medium",
  holdMs: 60_000, // one reading of counters that only grow is enough; a minute for the one that comes with it
  clearMs: 24 * 3_600_000, // pending sectors go when they are written: the disk is not trusted for a day
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => {
    const rotational = rotationalIds(view);
    return concludeOnDisks(view, (disk) => conclude(disk, rotational));
  },
});

interface Worry {
  readonly rated: RatedCount;
  readonly count: bigint;
  readonly percent: number;
}

function conclude({ health, ref, name, readAtMs }: KnownDisk, rotational: ReadonlySet<string>): Conclusion {
  const { ata, rotationRateRpm } = health;
  const isHardDisk = rotationRateRpm === undefined ? rotational.has(ref.id) : rotationRateRpm > 0;
  if (ata === undefined || !isHardDisk) return { kind: "clear" };
  const known = ratedCounts.flatMap((rated) => worryOf(rated, ata));
  if (known.length === 0) return unknown("what it counts");
  const worries = known.filter(({ rated, percent }) => percent >= (rated.isCritical ? criticalPercent : otherPercent));
  const [first] = worries;
  if (first === undefined) return { kind: "clear" };
  const severity = severityOf(worries);
  const highest = Math.max(...worries.map(({ percent }) => percent));
  const facts = {
    annual_failure_percent: highest,
    ...Object.fromEntries(known.filter(({ count }) => count > 0n).map(({ rated, count }) => [snakeCase(rated.field), count])),
    power_on_hours: health.powerOnHours,
  };
  return {
    kind: "raise",
    severity,
    text: `${name}: ${worries.map(({ rated, count }) => `${rated.text}: ${count}`).join("; ")}${severity === "low" ? "" : oddsOf(highest)}`,
    action: actionOf(worries, severity),
    evidence: evidenceOf(facts, readAtMs),
    measure: { name: "ranges_passed", level: known.reduce((sum, { rated, count }) => sum + rangesPassed(rated, count), 0) },
  };
}

/** What the kernel takes for hard disks. Of what is behind USB it takes everything for one that does not deny it, so that is left out. */
function rotationalIds(view: NodeView): ReadonlySet<string> {
  const devices = valuesOf(view, "blockDevice").filter(({ value }) => value.isRotational === true && value.bus !== "usb");
  return new Set(devices.map(({ subject }) => subject.id));
}

function worryOf(rated: RatedCount, ata: AtaHealth): readonly Worry[] {
  const count = ata[rated.field];
  return typeof count === "bigint" ? [{ rated, count, percent: annualFailurePercent(rated, count) }] : [];
}

function severityOf(worries: readonly Worry[]): Severity {
  const witnesses = new Set(worries.filter(({ rated }) => rated.isCritical).map(({ rated }) => rated.group));
  if (witnesses.size >= 2) return "high";
  return worries.every(({ rated }) => rated.group === "cable") ? "low" : "medium";
}

function actionOf(worries: readonly Worry[], severity: Severity): string {
  if (severity === "high") return "Back up what is on it, move replicas away and replace the disk.";
  if (severity === "low") return "Replace its cable or its slot if the number still grows; it is seldom the disk.";
  const isUnreadable = worries.some(({ rated }) => rated.group === "unreadable");
  return `Have a copy of what is on it and plan to replace it.${isUnreadable ? " An extended test (smartctl -t long) finds what cannot be read." : ""}`;
}

function oddsOf(percent: number): string {
  if (percent > 100) return ". Disks that counted so much lasted less than a year on average";
  return `. Of a hundred disks that counted so much, ${Math.round(percent)} failed within a year`;
}

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
