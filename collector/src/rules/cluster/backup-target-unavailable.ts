/** Longhorn cannot reach the place where its backups go: from now on there are none, and none can be restored. By Longhorn's own word. */
import { type ClusterRule, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import { evidenceOf } from "../support/evidence.ts";
import { isoTime } from "../support/node-clock.ts";

export const backupTargetUnavailable: ClusterRule = defineClusterRule({
  code: "backup-target-unavailable",
  title: "Backup target is not available",
  severity: "medium",
  holdMs: 10 * 60_000, // Longhorn looks every five minutes; a NAS that restarts is back by then
  clearMs: 0,
  isWhole: ({ longhorn }) => longhorn !== undefined,
  evaluate: ({ longhorn, nowMs }) =>
    (longhorn?.backupTargets() ?? []).map(({ name, url, isAvailable, message, lastSyncedAtMs }) => {
      const subject = { kind: "backup-target", id: name };
      if (url === "") return { kind: "clear", subject }; // nobody wants one
      if (isAvailable === undefined) return { kind: "hold", subject, reason: "Longhorn does not say whether it is available" };
      if (isAvailable) return { kind: "clear", subject };
      return {
        ...{ kind: "raise", subject },
        text: `Longhorn does not reach its backup target ${url}: no volume is backed up, and none can be restored`,
        action:
          "Look whether the machine behind it is on and lets the cluster in, and at its address and credential in Longhorn (Settings, Backup Target).",
        evidence: evidenceOf({ url, message, last_synced_at: isoTime(lastSyncedAtMs) }, nowMs),
      };
    }),
});
