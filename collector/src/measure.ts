/** Tells the metrics where to look when somebody reads them. */
import type { Clock } from "@nodekeeper/shared";
import type { Finding } from "@nodekeeper/shared/api";
import type { Findings } from "./evaluate/findings.ts";
import { judgeNode } from "./evaluate/verdict.ts";
import type { Ingest } from "./ingest/server.ts";
import type { MeasuredNow, Metrics } from "./metrics.ts";
import type { Controller } from "./reconcile/controller/controller.ts";
import type { ClusterView } from "./state/cluster/cluster-holder.ts";
import type { StateHolder } from "./state/holder.ts";
import type { Listening } from "./state/listening.ts";
import type { LonghornView } from "./state/longhorn/longhorn-holder.ts";
import { nodeFreshness } from "./state/node-view.ts";
import type { Store } from "./store/store.ts";
import type { TlsSource } from "./tls/tls-source.ts";

/** What is measured. */
export interface Measured {
  readonly state: StateHolder;
  readonly findings: Findings;
  readonly ingest: Ingest;
  readonly listening: Listening;
  readonly store: Pick<Store, "status">;
  /** Undefined: nothing is served by TLS. */
  readonly tls: TlsSource | undefined;
  /** What is wrong and does not keep the collector from serving. */
  readonly troubles: () => readonly string[];
  /** Undefined: there is no cluster. */
  readonly cluster: ClusterView | undefined;
  /** Undefined: there is no cluster. */
  readonly longhorn: LonghornView | undefined;
  /** Undefined: there is no cluster to write to. */
  readonly controller?: Pick<Controller, "counts"> | undefined;
  readonly clock: Clock;
}

/** Connects the metrics with the running parts. */
export function measureCollector(metrics: Metrics, measured: Measured): void {
  const { state, findings, ingest, listening, store, clock, tls, cluster, longhorn, controller, troubles } = measured;
  metrics.measure({
    streams: () => ingest.streamCount,
    stateVersion: () => state.version,
    queuedObservations: () => ingest.queuedObservations,
    queuedBytes: () => ingest.queuedBytes,
    isListening: () => (Number.isFinite(listening.sinceMs) ? 1 : 0),
    databaseBytes: () =>
      store.status().then(
        ({ databaseBytes }) => databaseBytes,
        () => Number.NaN,
      ), // /readyz says why
    troubles: () => troubles().length,
    certificateExpiresAtMs: tls === undefined ? undefined : () => tls.current.expiresAtMs,
    nodesByStatus: () => countBy(state.nodes(), (node) => judge(node.name)),
    findings: () => countFindings(),
    cluster: cluster === undefined ? undefined : countCluster(cluster),
    longhorn: longhorn === undefined ? undefined : countLonghorn(longhorn),
    reconcilers: controller === undefined ? undefined : () => controller.counts(),
  });

  function judge(name: string): string {
    const node = state.node(name);
    if (node === undefined) return "unknown";
    const nowMs = clock.wallMs();
    return judgeNode({ node, nowMs, freshness: nodeFreshness(node, nowMs) }, findings.ofNode(name)).status;
  }

  function countFindings(): readonly { readonly rule: string; readonly state: string; readonly count: number }[] {
    const counts = countBy(findings.all(), (finding) => `${finding.rule} ${standingOf(finding)}`);
    return [...counts].map(([key, count]) => {
      const [rule = "", stateName = ""] = key.split(" ");
      return { rule, state: stateName, count };
    });
  }
}

/** What was acknowledged or accepted is not counted by its state: alerts are made of these numbers. */
function standingOf({ state, suppressedBy, attention }: Finding): string {
  if (suppressedBy !== undefined) return "suppressed";
  return attention?.isSetAside === true ? "set_aside" : state;
}

function countCluster(cluster: ClusterView): MeasuredNow["cluster"] {
  const whenKnown = (read: (knowledge: KnownCluster) => number) => (): number =>
    cluster.knowledge.kind === "known" ? read(cluster.knowledge) : Number.NaN;
  return { nodes: whenKnown(() => cluster.nodes().length), heardAtMs: whenKnown(({ heardAtMs }) => heardAtMs) };
}

function countLonghorn(longhorn: LonghornView): MeasuredNow["longhorn"] {
  return {
    knowledge: () => longhorn.knowledge.kind,
    objects: () => ({
      nodes: longhorn.nodes().length,
      volumes: longhorn.volumes().length,
      replicas: longhorn.replicas().length,
      storage_classes: longhorn.storageClasses().length,
      backup_targets: longhorn.backupTargets().length,
    }),
    heardAtMs: () => (longhorn.knowledge.kind === "unknown" ? Number.NaN : longhorn.knowledge.heardAtMs),
  };
}

type KnownCluster = Extract<ClusterView["knowledge"], { readonly kind: "known" }>;

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
