/**
 * An array of the md driver lacks members, or a pool of ZFS or btrfs is not whole. How loud goes by what is left: it is high when the next
 * disk that fails takes data with it. Of pools the redundancy is not known here, so the worst is assumed.
 */
import { type BlockDevice, Outcome, type RaidArray, type StoragePool } from "@nodekeeper/proto";
import type { Severity } from "@nodekeeper/shared/api";
import { defineRule, type Rule, type Verdict } from "../evaluate/rule.ts";
import { isFreshAndOk, type NodeView, type SubjectView, valuesOf } from "../state/node-view.ts";
import type { Conclusion } from "./support/disk-verdicts.ts";
import { evidenceOf } from "./support/evidence.ts";

export const raidDegraded: Rule = defineRule({
  code: "raid-degraded",
  title: "Array or pool not whole",
  severity: "high",
  holdMs: 0,
  clearMs: 5 * 60_000,
  dependsOn: ["node-not-reporting"],
  evaluate: (view) => [...arrays(view), ...pools(view)],
});

function arrays(view: NodeView): readonly Verdict[] {
  return valuesOf(view, "blockDevice").flatMap(({ subject, value }) => {
    const { raidArray } = value;
    return raidArray === undefined ? [] : [judge(subject, () => concludeOnArray(subject, value, raidArray))];
  });
}

function pools(view: NodeView): readonly Verdict[] {
  return valuesOf(view, "storagePool").map(({ subject, value }) => judge(subject, () => concludeOnPool(subject, value)));
}

function judge(subject: SubjectView, conclude: () => Conclusion): Verdict {
  const ref = { kind: subject.kind, id: subject.id };
  if (subject.outcome === Outcome.ABSENT) return { kind: "clear", subject: ref };
  if (!isFreshAndOk(subject)) return { kind: "hold", subject: ref, reason: "its state is not known now" };
  return { ...conclude(), subject: ref };
}

function concludeOnArray(subject: SubjectView, { name }: BlockDevice, array: RaidArray): Conclusion {
  const { level, state, memberCount, degradedCount } = array;
  const isBroken = state === "broken";
  if (degradedCount === undefined && !isBroken) return { kind: "hold", reason: "it is not known how many members it lacks" };
  const lacking = degradedCount ?? 0;
  if (lacking === 0 && !isBroken) return { kind: "clear" };
  const spareDisks = isBroken ? -1 : redundancyLeft(level, memberCount, lacking);
  const isRebuilt = array.syncAction === "recover" || array.syncAction === "resync";
  const facts = {
    level,
    state,
    member_count: memberCount,
    degraded_count: degradedCount,
    faulty_members: array.members
      .filter((member) => /faulty/.test(member.state))
      .map((member) => member.name)
      .join(", "),
    present_members: array.members
      .filter((member) => /in_sync/.test(member.state))
      .map((member) => member.name)
      .join(", "),
    sync_action: array.syncAction,
    sync_percent: subject.samples.get("raid_sync_percent"),
  };
  const lacks = isBroken ? "it is broken" : `it lacks ${lacking} of ${memberCount ?? "its"} members`;
  return {
    kind: "raise",
    severity: severityOf(spareDisks),
    isDeclared: true,
    text: `${name} (${level || "array"}): ${lacks}, ${leftIn(spareDisks)}${isRebuilt ? "; it is being rebuilt" : ""}`,
    action: isRebuilt
      ? "Let it finish, and keep a copy of what is on it until then."
      : "Replace the disk that is missing or faulty and add it to the array (mdadm --add).",
    evidence: evidenceOf(facts, subject.readAtMs ?? subject.observedAtMs),
    measure: { name: "members_lacking", level: lacking },
  };
}

/** How many more members may be lost for sure; below 0 data is gone already. Of an unknown level none. */
function redundancyLeft(level: string, memberCount: number | undefined, lacking: number): number {
  switch (level) {
    case "raid1":
      return memberCount === undefined ? 0 : memberCount - lacking - 1;
    case "raid4":
    case "raid5":
      return 1 - lacking;
    case "raid6":
      return 2 - lacking;
    case "raid0":
    case "linear":
      return -lacking;
    default:
      return 0; // raid10 may outlive a second loss, or not
  }
}

function severityOf(spareDisks: number): Severity {
  if (spareDisks <= 0) return "high";
  return spareDisks === 1 ? "medium" : "low";
}

function leftIn(spareDisks: number): string {
  if (spareDisks < 0) return "and data is lost";
  return spareDisks === 0 ? "and the next one that fails takes data with it" : `and may lose ${spareDisks} more`;
}

function concludeOnPool(subject: SubjectView, pool: StoragePool): Conclusion {
  const state = pool.state.toLowerCase();
  const missing = pool.missingDeviceCount ?? 0;
  if (state === "") return { kind: "hold", reason: "its state is not known" };
  if (state === "online" && missing === 0) return { kind: "clear" };
  const facts = {
    type: pool.type,
    state: pool.state,
    missing_device_count: pool.missingDeviceCount,
    devices: pool.devices.join(", "),
  };
  const lacks = missing === 0 ? "" : `, it lacks ${missing} of its devices`;
  return {
    kind: "raise",
    isDeclared: true,
    text: `${pool.type} ${pool.name || pool.uuid || subject.id} is ${state}${lacks}`,
    action:
      pool.type === "zfs"
        ? "Look which device it is (zpool status -x) and replace it."
        : "Look which device it is (btrfs filesystem show, btrfs device stats) and replace it (btrfs replace).",
    evidence: evidenceOf(facts, subject.readAtMs ?? subject.observedAtMs),
    measure: { name: "devices_missing", level: missing },
  };
}
