/**
 * A filesystem runs out of space or of inodes. Used is counted as df does, against what unprivileged users can have: root's reserve is not
 * space that services get. Only filesystems that can be written and lie on this machine: a read-only one is meant to be full, and a share
 * is full on its server.
 */
import { type Filesystem, Outcome } from "@nodekeeper/proto";
import type { Evidence, Finding, Severity } from "@nodekeeper/shared/api";
import { defineRule, type FiringOf, type Rule, type Verdict } from "../evaluate/rule.ts";
import { compareSeverity } from "../evaluate/severity.ts";
import { isFreshAndOk, type SubjectView, valuesOf } from "../state/node-view.ts";
import { measuredAtSteps } from "./support/measure.ts";

/** Percent used from which on it is said, and below which it is taken back. Loudest first. */
const levels: readonly { readonly severity: Severity; readonly raisePercent: number; readonly clearPercent: number }[] = [
  { severity: "high", raisePercent: 95, clearPercent: 90 },
  { severity: "medium", raisePercent: 85, clearPercent: 80 },
];

/** Told anew at these: between them there is nothing else to do, and at the end it goes fast. */
const stepsPercent: readonly number[] = [85, 90, 95, 98, 99];

export const diskNearlyFull: Rule = defineRule({
  code: "disk-nearly-full",
  title: "Filesystem nearly full",
  severity: "medium",
  holdMs: 2 * 60_000, // two readings: a build that fills a disk for a moment is nobody's business
  clearMs: 5 * 60_000,
  dependsOn: ["node-not-reporting"],
  evaluate: (view, firing) => valuesOf(view, "filesystem").map(({ subject, value }) => judge(subject, value, firing)),
});

/** One of the two things that a filesystem can run out of. */
interface Resource {
  readonly percent: number;
  readonly percentName: string;
  /** Made when they are needed: most filesystems are never short of anything. */
  readonly text: () => string;
  readonly action: () => string;
  readonly evidence: Readonly<Record<string, number | undefined>>;
}

function judge(subject: SubjectView, filesystem: Filesystem, firing: FiringOf): Verdict {
  const ref = { kind: subject.kind, id: subject.id };
  if (subject.outcome === Outcome.ABSENT || filesystem.isReadOnly === true || filesystem.isRemote === true) {
    return { kind: "clear", subject: ref };
  }
  const resources = isFreshAndOk(subject) && subject.samplesAtMs === subject.observedAtMs ? resourcesOf(subject, filesystem) : [];
  if (resources.length === 0) return { kind: "hold", subject: ref, reason: "its usage is not known now" };
  const current = firing(ref);
  const short = resources.flatMap((resource) => {
    const severity = severityOf(resource, current);
    return severity === undefined ? [] : [{ resource, severity }];
  });
  const worst = short.sort((a, b) => compareSeverity(a.severity, b.severity) || b.resource.percent - a.resource.percent)[0];
  if (worst === undefined) return { kind: "clear", subject: ref };
  return {
    kind: "raise",
    subject: ref,
    severity: worst.severity,
    text: short.map(({ resource }) => resource.text()).join("; "),
    action: worst.resource.action(),
    evidence: short.flatMap(({ resource }) => evidenceOf(resource, subject.observedAtMs)),
    measure: measuredAtSteps("percent_used", Math.max(...short.map(({ resource }) => resource.percent)), stepsPercent),
  };
}

function resourcesOf(subject: SubjectView, filesystem: Filesystem): readonly Resource[] {
  const { samples } = subject;
  const where = filesystem.mountPoint === "" ? subject.id : filesystem.mountPoint;
  const resources: Resource[] = [];
  const used = samples.get("used_bytes");
  const available = samples.get("available_bytes");
  if (used !== undefined && available !== undefined && used + available > 0) {
    const percent = (100 * used) / (used + available);
    resources.push({
      percent,
      percentName: "used_percent",
      text: () => `${where} is ${Math.floor(percent)} % full`,
      action: () =>
        `Remove what is not needed there or make it larger; ${command("du -xhd1", where)} shows what takes the space.`,
      evidence: { used_bytes: used, available_bytes: available, size_bytes: Number(filesystem.sizeBytes ?? Number.NaN) },
    });
  }
  const inodesUsed = samples.get("inodes_used");
  const inodesFree = samples.get("inodes_free");
  // Filesystems that make inodes as needed state none.
  if (inodesUsed !== undefined && inodesFree !== undefined && inodesUsed + inodesFree > 0 && filesystem.inodesTotal !== 0n) {
    const percent = (100 * inodesUsed) / (inodesUsed + inodesFree);
    resources.push({
      percent,
      percentName: "inodes_used_percent",
      text: () => `${where} has used ${Math.floor(percent)} % of its inodes`,
      action: () => `Remove small files that are not needed; ${command("du --inodes -xd1", where)} shows where they are.`,
      evidence: { inodes_used: inodesUsed, inodes_free: inodesFree },
    });
  }
  return resources;
}

/** The loudest level that holds: at its upper bound, or at its lower one while the finding is about this resource at this level. */
function severityOf({ percent, percentName }: Resource, current: Finding | undefined): Severity | undefined {
  const isCurrent = current?.evidence.some((item) => item.name === percentName) === true;
  return levels.find(
    ({ severity, raisePercent, clearPercent }) =>
      percent >= raisePercent || (isCurrent && compareSeverity(current.severity, severity) <= 0 && percent >= clearPercent),
  )?.severity;
}

function evidenceOf(resource: Resource, observedAtMs: number): readonly Evidence[] {
  const observedAt = new Date(observedAtMs).toISOString();
  const numbers = { [resource.percentName]: Math.round(resource.percent * 10) / 10, ...resource.evidence };
  return Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined || Number.isNaN(value) ? [] : [{ name, value, observedAt }],
  );
}

/** A command to paste into a shell; a node chooses its names, so that only a harmless one stands in it. */
function command(program: string, path: string): string {
  return /^[A-Za-z0-9/._-]+$/.test(path) ? `${program} ${path}` : program;
}
