/** The cluster of the house, as the collector's feeds say it: four Nodes, Longhorn on each, and what makes the backups. */
import { aDisk, aNode } from "../../collector/src/longhorn/test-support/made-longhorn.ts";
import { decideLabels } from "../../collector/src/reconcile/labels/decide-labels.ts";
import { planLabels } from "../../collector/src/reconcile/labels/plan-labels.ts";
import { labelsName, seeLabels } from "../../collector/src/reconcile/labels/see-labels.ts";
import { ledgerAnnotation, ledgerText } from "../../collector/src/reconcile/support/ledger.ts";
import { fieldManager } from "../../collector/src/reconcile/support/node-patch.ts";
import type { World } from "../../collector/src/reconcile/world.ts";
import type { BackupJob } from "../../collector/src/state/cluster/backup-job.ts";
import type { ClusterHolder } from "../../collector/src/state/cluster/cluster-holder.ts";
import type { ClusterNode, NodeCondition } from "../../collector/src/state/cluster/cluster-node.ts";
import { createClusterHolder } from "../../collector/src/state/cluster/create-cluster-holder.ts";
import { createLonghornHolder, type LonghornHolder } from "../../collector/src/state/longhorn/create-longhorn-holder.ts";
import { lastBackupMs, weekStartMs } from "./life.ts";
import { longhornDisks, type Machine, type MachineName, tailnet, theMachines } from "./machines.ts";

/** The cluster; it goes on while the collector is away, which learns all of it anew. */
export class House {
  readonly #nodes = new Map<MachineName, ClusterNode>();
  #version = 1;

  constructor() {
    for (const machine of theMachines()) {
      if (machine.name !== "siberian") this.#nodes.set(machine.name, nodeOf(machine));
    }
  }

  /** What a collector that starts now holds of it. */
  holders(nowMs: number): { readonly cluster: ClusterHolder; readonly longhorn: LonghornHolder } {
    const cluster = createClusterHolder();
    cluster.replaceAll([...this.#nodes.values()], nowMs);
    cluster.setVersion("v1.33.6+k3s1");
    const longhorn = createLonghornHolder();
    for (const name of this.#nodes.keys()) {
      if (name === "siberian") continue;
      const disk = aDisk("root", { path: "/var/lib/longhorn/" }, { uuid: longhornDisks[name] });
      longhorn.filled.nodes.put(aNode(name, {}, [disk]));
    }
    longhorn.filled.settings.put({ name: "current-longhorn-version", value: "v1.7.2" });
    this.hear(cluster, longhorn, nowMs);
    return { cluster, longhorn };
  }

  /** Its API server spoke: kubelets and etcd's leader write now and then, and volumes have their backups. */
  hear(cluster: ClusterHolder, longhorn: LonghornHolder, nowMs: number, off: ReadonlySet<MachineName> = new Set()): void {
    for (const [name, node] of this.#nodes) {
      const conditions = conditionsOf(node, nowMs, off.has(name));
      this.#version += 1;
      const next = { ...node, conditions, resourceVersion: `${this.#version}` };
      this.#nodes.set(name, next);
      cluster.put(next, nowMs);
    }
    longhorn.setKnowledge({ kind: "known", heardAtMs: nowMs, problem: undefined });
    for (const { name, on } of volumes) {
      const lastBackupAtMs = lastBackupMs(nowMs);
      if (longhorn.volume(name)?.lastBackupAtMs === lastBackupAtMs) continue;
      longhorn.filled.volumes.put({ ...aVolume, name, replicaCount: on.length, lastBackupAtMs });
      for (const node of on) longhorn.filled.replicas.put(replicaOf(name, node));
    }
  }

  /** What makes the backups, by the policy. */
  backups(nowMs: number): readonly BackupJob[] {
    const common = { problem: undefined, askedAtMs: nowMs } as const;
    return [
      {
        ...{ ...common, kind: "cron-job", name: "backups/etcd-snapshots" },
        seen: { kind: "cron-job", isSuspended: false, lastSuccessAtMs: lastBackupMs(nowMs), createdAtMs: weekStartMs - 1e9 },
      },
      {
        ...common,
        kind: "deployment",
        name: "backups/nfs-proxy",
        seen: { kind: "deployment", wantedReplicas: 1, readyReplicas: 1 },
      },
    ];
  }

  /** Writes the labels that the policy wants, as node-labels does once its first plan was approved. */
  label(world: World, cluster: ClusterHolder): void {
    const { domain } = world.policy;
    for (const [name, node] of this.#nodes) {
      const seen = seeLabels(node, domain);
      const set = planLabels(decideLabels(world, name), seen).filter((operation) => operation.class === "describe");
      if (set.length === 0) continue;
      const labels = { ...node.labels, ...Object.fromEntries(set.map(({ item, after = "" }) => [item, after])) };
      const own = Object.keys(labels).filter((key) => key.startsWith(`${domain}/`));
      const entries = new Map(own.map((key) => [key.slice(domain.length + 1), { wrote: labels[key] ?? "", was: undefined }]));
      const annotation = ledgerAnnotation(domain);
      const annotations = { ...node.annotations, [annotation]: ledgerText(new Map([[labelsName, entries]])) ?? "" };
      const manager = { name: fieldManager, operation: "Apply", subresource: "", atMs: world.nowMs, conditions: [] } as const;
      const managers = [{ ...manager, labels: own, annotations: [annotation] }];
      const next = { ...node, labels, annotations, managers };
      this.#nodes.set(name, next);
      cluster.put(next, world.nowMs);
    }
  }
}

const aVolume = {
  ...{ sizeBytes: 8 * 2 ** 30, actualBytes: 3 * 2 ** 30, diskSelector: [], nodeSelector: [], dataEngine: "v1" },
  softAntiAffinity: { node: "ignored", zone: "ignored", disk: "ignored" },
  ...{ dataLocality: "disabled", state: "attached", robustness: "healthy", attachedTo: "neko2", claim: undefined },
} as const;

const volumes: readonly { readonly name: string; readonly on: readonly Exclude<MachineName, "siberian">[] }[] = [
  { name: "pvc-postgres", on: ["neko", "neko2", "panther"] },
  { name: "pvc-open-webui", on: ["neko", "panther", "bobcat"] },
  { name: "pvc-grafana", on: ["neko2", "bobcat"] },
];

function replicaOf(volume: string, node: Exclude<MachineName, "siberian">) {
  const place = { name: `${volume}-${node}`, volume, node, diskUuid: longhornDisks[node], sizeBytes: aVolume.sizeBytes };
  return { ...place, isHealthy: true, isFailed: false, isRunning: true, isEvicting: false };
}

function nodeOf({ name, machineId }: Machine): ClusterNode {
  const isServer = name === "neko" || name === "neko2";
  const roles: Readonly<Record<string, string>> = isServer
    ? { "node-role.kubernetes.io/etcd": "true", "node-role.kubernetes.io/control-plane": "true" }
    : {};
  return {
    ...{ name, uid: `uid-${name}`, resourceVersion: "1", createdAtMs: weekStartMs - 1e10, annotations: {}, isCordoned: false },
    ...{ taints: [], managers: [], conditions: [], info: { machineId, bootId: "", kubeletVersion: "v1.33.6+k3s1" } },
    labels: { "kubernetes.io/hostname": name, ...roles },
    addresses: [{ type: "InternalIP", address: tailnet[name].address }],
  };
}

/** The kubelet's word, which the controller manager calls unknown once it is silent; and on servers that of etcd's leader. */
function conditionsOf({ name, conditions }: ClusterNode, nowMs: number, isOff: boolean): readonly NodeCondition[] {
  const made = (type: string, status: string, reason: string): NodeCondition => {
    const before = conditions.find((each) => each.type === type);
    const lastTransitionAtMs = before?.status === status ? before.lastTransitionAtMs : nowMs;
    return { type, status, reason, message: "", lastHeartbeatAtMs: nowMs, lastTransitionAtMs };
  };
  const ready = isOff ? made("Ready", "Unknown", "NodeStatusUnknown") : made("Ready", "True", "KubeletReady");
  if (name !== "neko" && name !== "neko2") return [ready];
  return [ready, isOff ? made("EtcdIsVoter", "False", "Unhealthy") : made("EtcdIsVoter", "True", "MemberNotLearner")];
}
