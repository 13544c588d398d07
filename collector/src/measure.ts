/** Tells the metrics where to look when somebody reads them. */
import type { Clock } from "@nodekeeper/shared";
import type { Findings } from "./evaluate/findings.ts";
import { judgeNode } from "./evaluate/verdict.ts";
import type { Ingest } from "./ingest/server.ts";
import type { Metrics } from "./metrics.ts";
import type { StateHolder } from "./state/holder.ts";
import type { Listening } from "./state/listening.ts";
import { nodeFreshness } from "./state/node-view.ts";
import type { Store } from "./store/store.ts";

/** What is measured. */
export interface Measured {
  readonly state: StateHolder;
  readonly findings: Findings;
  readonly ingest: Ingest;
  readonly listening: Listening;
  readonly store: Pick<Store, "status">;
  readonly clock: Clock;
}

/** Connects the metrics with the running parts. */
export function measureCollector(metrics: Metrics, measured: Measured): void {
  const { state, findings, ingest, listening, store, clock } = measured;
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
    nodesByStatus: () => countBy(state.nodes(), (node) => judge(node.name)),
    findings: () => countFindings(),
  });

  function judge(name: string): string {
    const node = state.node(name);
    if (node === undefined) return "unknown";
    const nowMs = clock.wallMs();
    return judgeNode({ node, nowMs, freshness: nodeFreshness(node, nowMs) }, findings.ofNode(name)).status;
  }

  function countFindings(): readonly { readonly rule: string; readonly state: string; readonly count: number }[] {
    const counts = countBy(findings.all(), (finding) => {
      return `${finding.rule} ${finding.suppressedBy === undefined ? finding.state : "suppressed"}`;
    });
    return [...counts].map(([key, count]) => {
      const [rule = "", stateName = ""] = key.split(" ");
      return { rule, state: stateName, count };
    });
  }
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
