/**
 * Longhorn (1.11 and newer) reads SMART itself, and says of a disk that it failed while the agent's reading of the same disk, by its serial number,
 * shows no declared fault, or the other way round. One of both is wrong, or older; nothing is done because of it, but somebody should know which of
 * the two to believe. Only what the device declares of itself is compared: thresholds and forecasts are everybody's own.
 */
import { type DiskHealth, HealthStatus, Outcome } from "@nodekeeper/proto";
import { type ClusterRule, type ClusterRuleView, defineClusterRule } from "../../evaluate/cluster-rule.ts";
import type { Verdict } from "../../evaluate/rule.ts";
import { freshnessOf } from "../../state/freshness.ts";
import type { LonghornDiskHealth } from "../../state/longhorn/longhorn-node.ts";
import { diskName } from "../support/disk-verdicts.ts";
import { evidenceOf } from "../support/evidence.ts";
import { type LonghornDiskSeen, longhornDisksOf } from "../support/longhorn-disks.ts";
import { isoTime } from "../support/node-clock.ts";

export const longhornHealthContradiction: ClusterRule = defineClusterRule({
  code: "longhorn-health-contradiction",
  title: "Longhorn and the disk's own log disagree",
  severity: "low",
  holdMs: 45 * 60_000, // Longhorn reads every 10 minutes, the agent the whole of SMART every 30
  clearMs: 0,
  isWhole: ({ longhorn }) => longhorn !== undefined,
  evaluate: (view) => longhornDisksOf(view).flatMap((seen) => judge(seen, view)),
});

/** Bit 1 of the critical warning is the temperature: hot is not failing, and comes and goes. */
const failingBits = ~0b10;

const words: Readonly<Record<HealthStatus, string>> = {
  [HealthStatus.UNSPECIFIED]: "",
  [HealthStatus.PASSED]: "PASSED",
  [HealthStatus.FAILED]: "FAILED",
};

function judge({ node, disk, shown, subject }: LonghornDiskSeen, view: ClusterRuleView): readonly Verdict[] {
  const health = disk.status?.health ?? [];
  if (health.length === 0) return []; // it reads none, or is older
  const own = healthOf(node.name, view);
  if (own === undefined) return [{ kind: "hold", subject, reason: "its machine's own readings are not known now" }];
  for (const theirs of health) {
    const ours = own.find(({ serialNumber }) => serialNumber !== "" && serialNumber === theirs.serial.trim());
    const difference = ours === undefined ? undefined : differenceOf(theirs, ours);
    if (ours === undefined || difference === undefined) continue;
    const facts = {
      longhorn_status: theirs.status,
      longhorn_read_at: isoTime(theirs.collectedAtMs),
      status: words[ours.status],
      critical_warning: ours.nvme?.criticalWarning,
      serial_number: ours.serialNumber,
    };
    return [
      {
        ...{ kind: "raise", subject },
        text: `${diskName({ id: theirs.device }, ours)} behind Longhorn's disk ${shown}: ${difference}`,
        action: `Ask the disk on ${node.name}: smartctl -x ${ours.device || theirs.device}. nodekeeper goes by what it read itself, Longhorn acts on neither.`,
        evidence: evidenceOf(facts, view.nowMs),
      },
    ];
  }
  return [{ kind: "clear", subject }];
}

function differenceOf({ status }: LonghornDiskHealth, ours: DiskHealth): string | undefined {
  const isFailing = isDeclaredFailing(ours);
  if (isFailing === undefined) return undefined;
  if (status === "FAILED" && !isFailing) return "Longhorn says that it failed, and its own log declares no fault";
  if (status === "PASSED" && isFailing) return "it declares a fault of its own, and Longhorn says that it passed";
  return undefined;
}

/** Undefined where it told nothing that could have been a fault. */
function isDeclaredFailing({ nvme, status }: DiskHealth): boolean | undefined {
  if (nvme?.criticalWarning !== undefined) return (nvme.criticalWarning & failingBits) !== 0 || status === HealthStatus.FAILED;
  if (status === HealthStatus.FAILED) return true;
  return status === HealthStatus.PASSED ? false : undefined;
}

/** What its agent read of all disks of the machine; undefined where nothing of it is fresh. Views of thousands of machines would cost what nobody reads. */
function healthOf(name: string, { machine, nowMs }: ClusterRuleView): readonly DiskHealth[] | undefined {
  const probe = machine(name)?.probes.get("smart");
  const read: DiskHealth[] = [];
  for (const { outcome, observedAtMs, value } of probe?.subjects.values() ?? []) {
    const isFresh = freshnessOf(observedAtMs, probe?.intervalMs ?? 0, nowMs) === "fresh";
    if (outcome === Outcome.OK && isFresh && value?.case === "diskHealth") read.push(value.value);
  }
  return read.length === 0 ? undefined : read;
}
