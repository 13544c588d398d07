/**
 * Volumes that were backed up before, and not for longer than the policy allows. One finding for all of them: what keeps one from being backed up keeps
 * all, as a rule. It is loud from twice that age on: one that was missed may wait for the morning, two may not. A volume that never was is nobody's promise, and one that is detached is not backed up by Longhorn's recurring jobs.
 */
import { inWords } from "@nodekeeper/shared";
import { type ClusterRule, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { LonghornVolume } from "../../state/longhorn/longhorn-volume.ts";
import { measureOf, severityOf } from "../support/backup-jobs.ts";
import { theCluster } from "../support/cluster-nodes.ts";

/** Volumes that are named in the evidence. */
const maximumNamed = 32;

export const volumeBackupOld: ClusterRule = defineClusterRule({
  code: "volume-backup-old",
  title: "Backups of volumes are old",
  severity: "medium",
  holdMs: 10 * 60_000,
  clearMs: 0,
  evaluate({ longhorn, nowMs, maximumBackupAgeMs }) {
    const subject = theCluster;
    if (longhorn === undefined) return [{ kind: "hold", subject, reason: "Longhorn's volumes are not known now" }];
    const backedUp = longhorn
      .volumes()
      .filter(({ lastBackupAtMs, state }) => lastBackupAtMs !== undefined && state === "attached");
    const old = backedUp.filter(({ lastBackupAtMs = 0 }) => nowMs - lastBackupAtMs > maximumBackupAgeMs);
    if (old.length === 0) return [{ kind: "clear", subject }];
    const ages = Math.max(...old.map(({ lastBackupAtMs = 0 }) => nowMs - lastBackupAtMs)) / maximumBackupAgeMs;
    const oldest = [...old].sort((a, b) => (a.lastBackupAtMs ?? 0) - (b.lastBackupAtMs ?? 0) || a.name.localeCompare(b.name));
    return [
      {
        ...{ kind: "raise", subject, severity: severityOf(ages), measure: measureOf(ages) },
        text: `of ${count(backedUp.length)} that Longhorn backs up, the last backup of ${old.length === backedUp.length ? "all" : old.length} is older than ${hours(maximumBackupAgeMs)}: ${inWords(old.map(shownName))}`,
        action:
          "Look at the recurring job of these volumes and at their last backup in Longhorn (Volume, Snapshots and Backups); where the target is down, that comes first.",
        evidence: oldest.slice(0, maximumNamed).map((volume) => ({
          name: shownName(volume),
          value: new Date(volume.lastBackupAtMs ?? 0).toISOString(),
        })),
      },
    ];
  },
});

/** As people know it. */
function shownName({ name, claim }: LonghornVolume): string {
  return claim === undefined ? name : `${claim.namespace}/${claim.name}`;
}

function count(volumes: number): string {
  return volumes === 1 ? "one volume" : `${volumes} volumes`;
}

function hours(ms: number): string {
  return `${Math.round(ms / 360_000) / 10} h`;
}
