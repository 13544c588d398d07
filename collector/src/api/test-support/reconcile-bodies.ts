/** What reconciliation says of some machines, as a test wants it. */
import type { Explanation, PlannedOperation, ReconcileStatus, Waiting } from "@nodekeeper/shared/api";

/** Of the labels. */
export const domain = "nodekeeper.axiomlayer.com";

/** When it is, for all of them. */
const now = "2026-11-23T09:00:00.000Z";

/** A collector that writes by the built-in policy, and has nothing to do. */
export function aStatus(init: Partial<ReconcileStatus> = {}): ReconcileStatus {
  return {
    isConfigured: true,
    isWriting: true,
    holder: "nodekeeper-collector-0",
    policy: {
      source: "built in",
      hash: "7f3c".repeat(16),
      domain,
      modes: { describe: "enforce", restrict: "plan", move: "plan" },
      problems: [],
    },
    approval: { hash: "1b2d".repeat(16), by: "ada", at: "2026-11-20T09:00:00.000Z" },
    overrides: [],
    brake: { restrictedNodes: 0, allowedNodes: 1 },
    reconcilers: ["node-labels", "node-conditions", "node-taints"].map((name) => ({
      ...{ name, queued: 0, waiting: 0, waitingFor: {}, held: 0, failing: 0, writes: 3 },
    })),
    cluster: { nodes: 4, heardAt: now },
    ...init,
  };
}

/** The first plan waits for somebody. */
export const forApproval: Waiting = { for: "approval", text: "the first plan was not approved yet" };

/** A label that would be set, unless said otherwise. */
export function anOperation(init: Partial<PlannedOperation> = {}): PlannedOperation {
  return {
    ...{ reconciler: "node-labels", node: "neko", item: `${domain}/storage-class`, kind: "set", class: "describe" },
    ...{ after: "nvme", why: "every disk that could hold data is NVMe", waiting: forApproval },
    ...init,
  };
}

/** A label that would go. */
export function aRemoval(init: Partial<PlannedOperation> = {}): PlannedOperation {
  const { after: _, ...step } = anOperation({ kind: "remove", class: "restrict", before: "nvme", ...init });
  return step;
}

/** A label that is as it should be, unless said otherwise. */
export function anExplanation(init: Partial<Explanation> = {}): Explanation {
  return {
    ...{ reconciler: "node-labels", noun: "label", node: "neko", item: `${domain}/storage-class`, live: "nvme", owner: "ours" },
    ...{ others: [], wanted: "value", value: "nvme", why: "every disk that could hold data is NVMe" },
    place: "built-in policy, line 12",
    expression: "storage.classes.size() == 1 ? storage.classes[0] : null",
    facts: [
      { path: "storage.classes", value: '["nvme"]', probe: "disks", observedAt: "2026-11-23T08:59:48.000Z", freshness: "fresh" },
    ],
    since: "2026-11-20T09:00:02.000Z",
    actions: [120],
    next: "another class of disks that holds for 1 min changes it; a complete list without any disk removes it after 15 min",
    ...init,
  };
}
