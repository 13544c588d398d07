/** Onboarding, put together: what it looks at, and what is told to it of rooms that lie above it. */
import type { Clock, Logger } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import { createOnboardings, type OnboardingsOptions } from "./onboarding/create-onboardings.ts";
import type { DiskFault } from "./onboarding/machine.ts";
import type { Onboardings } from "./onboarding/onboarding.ts";
import type { PolicySource } from "./policy/policy.ts";
import { diskHealthy } from "./reconcile/conditions/disk-healthy.ts";
import type { Reconciliation } from "./reconcile/reconciliation.ts";
import { rules } from "./rules/index.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";
import { isoTime } from "./state/iso-time.ts";
import type { LonghornView } from "./state/longhorn/longhorn-holder.ts";
import type { NodeView } from "./state/node-view.ts";
import type { TurnedAway } from "./state/turned-away.ts";
import type { Store } from "./store/store.ts";

/** What it is put together from. */
export interface OnboardingNeeds {
  readonly state: StateHolder;
  readonly cluster: ClusterView | undefined;
  readonly longhorn: LonghornView;
  readonly turnedAway: TurnedAway;
  readonly policy: PolicySource;
  readonly store: Pick<Store, "onboardings" | "saveOnboardings">;
  /** It comes after us; undefined: not yet, or there is no cluster to write to. */
  readonly reconciliation: () => Pick<Reconciliation, "plan" | "planOf"> | undefined;
  readonly probeNow: OnboardingsOptions["probeNow"];
  readonly metrics: OnboardingsOptions["metrics"];
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What disks say of themselves now. What was counted, missed or complained about in the past is nothing that somebody could mend before a machine goes on. */
const sayNow: ReadonlySet<string> = new Set([
  "disk-declares-failure",
  "nvme-critical-warning",
  "nvme-spare-low",
  "ata-attributes-failing",
  "disk-self-test-failed",
  "raid-degraded",
  "filesystem-read-only",
]);
const faults = diskHealthy.faults.flatMap((fault) => {
  const rule = rules.find(({ code }) => code === fault.rule);
  return rule !== undefined && sayNow.has(fault.rule) ? [{ ...fault, rule }] : [];
});

/** Starts it, from where an earlier process left it. */
export async function openOnboarding(needs: OnboardingNeeds): Promise<Onboardings & AsyncDisposable> {
  const { reconciliation } = needs;
  return createOnboardings({
    ...needs,
    stored: await needs.store.onboardings(),
    diskFaults: diskFaultsNow,
    planOf: (node) => reconciliation()?.planOf(node),
    planHash: async () => (await reconciliation()?.plan())?.hash ?? "",
  });
}

/** What the rules that speak of disks say now, where it would be a fault of the condition DiskHealthy. */
export function diskFaultsNow(view: NodeView): readonly DiskFault[] {
  return faults.flatMap(({ rule, counts }) =>
    rule
      .evaluate(view, () => undefined)
      .flatMap((verdict) => {
        if (verdict.kind !== "raise") return [];
        const { subject, text, action, severity = rule.severity } = verdict;
        const { code, title } = rule;
        const finding: Finding = {
          ...{ id: "", rule: code, title, severity, state: "firing", node: view.node.name, subject, text, action },
          ...{ evidence: [...verdict.evidence], pendingSince: isoTime(view.nowMs), isHeld: false },
        };
        return counts(finding) ? [{ rule: code, device: deviceOf(view, subject.id), text, action }] : [];
      }),
  );
}

function deviceOf({ subjects }: NodeView, id: string): string {
  for (const { kind, id: other, value } of subjects)
    if (kind === "disk_health" && other === id && value?.case === "diskHealth") return value.value.device;
  return "";
}
