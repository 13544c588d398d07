/**
 * The kernel has made a filesystem read-only that was mounted to be written: it found an error in it, or the disk below it answers no more.
 * A fact, not a guess, so it is said at once.
 */
import { type Filesystem, Outcome } from "@nodekeeper/proto";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type SubjectView, valuesOf } from "../state/node-view.ts";
import { evidenceOf } from "./support/evidence.ts";

export const filesystemReadOnly: Rule = defineRule({
  code: "filesystem-read-only",
  title: "Filesystem fell back to read-only",
  severity: "high",
  holdMs: 0,
  clearMs: 60_000,
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => valuesOf(view, "filesystem").map(({ subject, value }) => judge(subject, value)),
});

function judge(subject: SubjectView, filesystem: Filesystem): Verdict {
  const ref = { kind: subject.kind, id: subject.id };
  if (subject.outcome === Outcome.ABSENT) return { kind: "clear", subject: ref };
  if (!isFreshAndOk(subject)) return { kind: "hold", subject: ref, reason: "it is not known how it is mounted now" };
  // Unset where the agent cannot tell how it was meant to be mounted.
  if (filesystem.hasFallenReadOnly === undefined)
    return { kind: "hold", subject: ref, reason: "it is not known how it was mounted" };
  if (!filesystem.hasFallenReadOnly) return { kind: "clear", subject: ref };
  const where = filesystem.mountPoint === "" ? subject.id : filesystem.mountPoint;
  const facts = {
    source: filesystem.source,
    type: filesystem.type,
    errors_total: subject.samples.get("errors_total"),
    physical_block_devices: filesystem.physicalBlockDeviceIds.join(", "),
  };
  return {
    kind: "raise",
    subject: ref,
    isDeclared: true,
    text: `${where} (${filesystem.type || "filesystem"} on ${filesystem.source || "an unknown device"}) was made read-only by the kernel`,
    action:
      "Read the kernel log of the node (dmesg) for the first error and look at the disk's health; check the filesystem (fsck) " +
      "before it is mounted to be written again.",
    evidence: evidenceOf(facts, subject.readAtMs ?? subject.observedAtMs),
  };
}
