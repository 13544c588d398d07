/** Answers about what is written to the cluster, machines on their way into it, and what hangs on a machine. */
import type {
  Blast,
  Decommission,
  Explanation,
  ItemOverride,
  Onboarding,
  Plan,
  PruneResult,
  ReconcileStatus,
} from "@nodekeeper/shared/api";

const at = "2026-11-22T18:04:10.000Z";
const item = "nodekeeper.example.net/storage-class";
const hash = "7f3c".repeat(16);
const why = "every disk that could hold data is NVMe";

const override: ItemOverride = {
  ...{ reconciler: "node-labels", node: "neko", item, value: "ssd", by: "ada", reason: "a slow slot" },
  ...{ at, until: "2026-11-23T18:04:10.000Z" },
};

const plan: Plan = {
  ...{ hash, isApproved: false },
  operations: [
    {
      ...{ reconciler: "node-labels", node: "neko", item, kind: "set", class: "describe", after: "nvme", why },
      waiting: { for: "approval", text: "the first plan was not approved yet" },
    },
  ],
  held: [{ reconciler: "node-labels", node: "siberian", item, reason: "the probe disks was not heard of since 00:12 UTC" }],
};

const explanation: Explanation = {
  ...{ reconciler: "node-labels", noun: "label", node: "neko", item, live: "nvme", owner: "ours", others: [] },
  ...{ wanted: "value", value: "nvme", why, place: "built in: labels.storage-class" },
  expression: "storage.classes.size() == 1 ? storage.classes[0] : null",
  facts: [{ path: "storage.classes", value: '["nvme"]', probe: "disks", observedAt: at, freshness: "fresh" }],
  ...{ since: at, actions: [120], next: "another class of disks that holds for 1 min changes it" },
};

const status: ReconcileStatus = {
  ...{ isConfigured: true, isWriting: true, holder: "nodekeeper-collector-0" },
  policy: {
    ...{ source: "built in", hash, domain: "nodekeeper.example.net", problems: [] },
    modes: { describe: "enforce", restrict: "plan", move: "plan" },
  },
  approval: { hash, by: "ada", at },
  overrides: [override],
  brake: { restrictedNodes: 0, allowedNodes: 1 },
  reconcilers: [{ name: "node-labels", queued: 0, waiting: 0, waitingFor: {}, held: 0, failing: 0, writes: 3 }],
  cluster: { nodes: 5, heardAt: at },
};

const onboarding: Onboarding = {
  ...{ node: "bobcat", machineId: "0123456789abcdef0123456789abcdef", state: "blocked", startedAt: at },
  steps: [
    {
      ...{ name: "seen", state: "passed", text: "its agent was heard", since: at, passedAt: at, durationMs: 0, blockers: [] },
      evidence: [{ name: "agent version", value: "0.1.0" }],
    },
    {
      ...{ name: "preflight", state: "blocked", text: "the machine lacks something", since: at, evidence: [] },
      blockers: [
        {
          ...{ code: "ISCSI_MISSING", text: "iscsid does not run, which Longhorn needs" },
          ...{ command: "sudo apt install open-iscsi", on: "bobcat" },
        },
      ],
    },
  ],
};

const blast: Blast = {
  target: { kind: "node", node: "neko", shown: "neko" },
  at,
  items: [
    {
      ...{ kind: "volume-degraded", severity: "degraded", name: "media/photos" },
      ...{ text: "it keeps one replica of two", detail: [{ name: "replicas left", value: "1" }] },
    },
  ],
  counts: { lost: 0, outage: 0, degraded: 1, moves: 0 },
  ...{
    unknown: [],
    next: [{ text: "See that it is drained", command: "kubectl drain neko --ignore-daemonsets", on: "any machine" }],
  },
};

const decommission: Decommission = {
  ...{ node: "neko", at, isSafe: false, unknown: [] },
  steps: [
    {
      ...{ name: "replicas", state: "next", text: "one volume keeps its last healthy replica here" },
      ...{ command: "nodekeeper blast neko", on: "any machine" },
    },
  ],
};

const pruned: PruneResult = { nodes: 5, failed: [], left: [] };

/** By the name of the route. */
export const clusterExamples: Readonly<Record<string, object>> = {
  onboarding: { machines: [onboarding] },
  "node-onboarding": onboarding,
  "onboarding-retry": onboarding,
  "onboarding-skip": onboarding,
  reconcile: status,
  plan,
  "plan-approve": { hash, operations: 1 },
  "node-explain": { explanations: [explanation] },
  overrides: { overrides: [override] },
  "override-create": override,
  "override-end": { overrides: [] },
  "action-revert": { overrides: [override] },
  prune: pruned,
  blast,
  decommission,
};
