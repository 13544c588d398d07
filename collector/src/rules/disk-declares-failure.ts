/**
 * An ATA or SCSI disk declares that it fails: its overall verdict is FAILED, or one of its attributes is at its threshold now. NVMe disks
 * say it bit by bit (nvme-critical-warning). That an attribute was at its threshold in the past says nothing of today.
 */
import { type AtaAttribute, type DiskHealth, HealthStatus } from "@nodekeeper/proto";
import { defineRule, type Rule } from "../evaluate/rule.ts";
import { type Conclusion, concludeOnDisks, type KnownDisk, unknown } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";

const dayMs = 24 * 3_600_000;
/** Attributes of temperature (190, 194, 231 on some): at their threshold the disk is hot, not dying. */
const temperatureName = /temperature|airflow/i;

export const diskDeclaresFailure: Rule = defineRule({
  code: "disk-declares-failure",
  title: "Disk declares that it fails",
  severity: "high",
  holdMs: 0,
  clearMs: dayMs, // a disk that declared itself failing and takes it back is not trusted for a day
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => concludeOnDisks(view, conclude),
});

function conclude({ health, name, readAtMs }: KnownDisk): Conclusion {
  if (health.nvme !== undefined) return { kind: "clear" };
  const failing = health.ataAttributes.filter(({ whenFailed }) => whenFailed === "now");
  const isFailed = health.status === HealthStatus.FAILED;
  if (!isFailed && failing.length === 0) return isTold(health) ? { kind: "clear" } : unknown("its own verdict");
  const isFatal = isFailed || failing.some(({ isPrefailure }) => isPrefailure === true);
  const isHotOnly = !isFatal && failing.every((attribute) => temperatureName.test(attribute.name));
  const facts = {
    status: isFailed ? "FAILED" : health.status === HealthStatus.PASSED ? "PASSED" : undefined,
    ...Object.fromEntries(failing.map((attribute) => [`attribute_${attribute.id}`, describeAttribute(attribute)])),
    power_on_hours: health.powerOnHours,
    smartctl_messages: health.messages.join("; "),
  };
  return {
    kind: "raise",
    severity: isFatal ? "high" : isHotOnly ? "low" : "medium",
    isDeclared: true,
    text: `${name}: ${[...(isFailed ? ["its own verdict is FAILED"] : []), ...failing.map(sentenceOf)].join("; ")}`,
    action: isFatal
      ? "Back up what is on it, move replicas away and replace the disk: it expects to fail within a day."
      : isHotOnly
        ? "Look after airflow, dust and the heat around the disk."
        : "Have a copy of what is on it and plan to replace it: it is past what it was made for.",
    evidence: evidenceOf(facts, readAtMs),
  };
}

/** Whether it said anything that could have been a fault. */
function isTold({ status, ataAttributes }: DiskHealth): boolean {
  return status === HealthStatus.PASSED || ataAttributes.length > 0;
}

function sentenceOf({ id, name }: AtaAttribute): string {
  return `attribute ${id}${name === "" ? "" : ` (${name})`} is at its threshold`;
}

function describeAttribute({ name, normalizedValue, threshold, rawText }: AtaAttribute): string {
  return `${name} ${normalizedValue ?? "?"}, threshold ${threshold ?? "?"}, raw ${rawText === "" ? "?" : rawText}`;
}
