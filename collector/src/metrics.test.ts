import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { partReasons, wholeReasons } from "./ingest/problem.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createNotificationMetrics } from "./notification-metrics.ts";
import { createOnboardingMetrics } from "./onboarding-metrics.ts";
import { noRouting } from "./routing/no-routing.ts";
import { createRoutingMetrics } from "./routing-metrics.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");

function measured(): Metrics {
  const metrics = createMetrics();
  metrics.measure({
    streams: () => 3,
    stateVersion: () => 17,
    queuedObservations: () => 0,
    queuedBytes: () => 0,
    isListening: () => 1,
    databaseBytes: async () => 4_096,
    troubles: () => 2,
    certificateExpiresAtMs: () => 1_800_000_000_000,
    nodesByStatus: () => new Map([["ok", 2]]),
    cluster: { nodes: () => 7, heardAtMs: () => 1_800_000_000_000 },
    longhorn: { knowledge: () => "known", objects: () => ({ replicas: 9 }), heardAtMs: () => 1_800_000_000_000 },
    reconcilers: () => [{ name: "node-labels", queued: 1, waitingFor: { dwell: 4 }, held: 5, failing: 2 }],
    findings: () => [{ rule: "disk-nearly-full", state: "firing", count: 1 }],
  });
  createOnboardingMetrics(metrics.registry, () => [{ state: "ready" }, { state: "ready" }, { state: "blocked" }]).becameReady(
    42_000,
  );
  const phone = { name: "phone", type: "ntfy", target: "", state: "ok", waiting: 3, deliveredCount: 0 } as const;
  const telling = createNotificationMetrics(metrics.registry, () => [phone]);
  telling.attempted("phone", "delivered");
  telling.heartbeat("withheld");
  createRoutingMetrics(metrics.registry, { routing: noRouting, reservations: { all: () => [] } });
  return metrics;
}

describe("metrics", () => {
  it("are all documented, and no others", async () => {
    const documented = [...page.matchAll(/^\| `(nodekeeper_collector_\w+)`/gm)].map((match) => match[1]);

    const own = (await measured().registry.getMetricsAsJSON())
      .map((metric) => metric.name)
      .filter((name) => !/^nodekeeper_collector_(?:nodejs|process)_/.test(name));

    expect(own.toSorted()).toEqual(documented.toSorted());
  });

  it("are documented with every reason that they count by", () => {
    for (const reason of [...partReasons, ...wholeReasons]) expect(page).toContain(`\`${reason}\``);
  });

  it("count what they are told and ask for what is now", async () => {
    const { registry, ingest, reconcile } = measured();
    ingest.reportReceived(100);
    ingest.reportReceived(23);
    ingest.observationRejected("probe");
    ingest.committed(5, 20);
    reconcile.written("node-labels", "set", "done");
    reconcile.decided(0.5);
    const text = await registry.metrics();

    for (const line of [
      "nodekeeper_collector_report_bytes_total 123",
      'nodekeeper_collector_rejections_total{reason="probe"} 1',
      'nodekeeper_collector_observations_total{result="rejected"} 1',
      "nodekeeper_collector_commit_duration_seconds_sum 0.02",
      "nodekeeper_collector_streams 3",
      "nodekeeper_collector_database_bytes 4096",
      'nodekeeper_collector_nodes{status="ok"} 2',
      'nodekeeper_collector_longhorn_knowledge{state="known"} 1',
      'nodekeeper_collector_longhorn_knowledge{state="absent"} 0',
      'nodekeeper_collector_longhorn_objects{kind="replicas"} 9',
      "nodekeeper_collector_cluster_nodes 7",
      "nodekeeper_collector_cluster_heard_timestamp_seconds 1800000000",
      'nodekeeper_collector_reconcile_writes_total{reconciler="node-labels",kind="set",result="done"} 1',
      "nodekeeper_collector_reconcile_decide_seconds_sum 0.0005",
      'nodekeeper_collector_reconcile_operations_waiting{reconciler="node-labels",for="dwell"} 4',
      'nodekeeper_collector_reconcile_held_items{reconciler="node-labels"} 5',
      'nodekeeper_collector_reconcile_failing_objects{reconciler="node-labels"} 2',
      'nodekeeper_collector_reconcile_queue_length{reconciler="node-labels"} 1',
      'nodekeeper_collector_findings{rule="disk-nearly-full",state="firing"} 1',
      'nodekeeper_collector_onboarding_machines{state="ready"} 2',
      'nodekeeper_collector_onboarding_machines{state="planned"} 0',
      "nodekeeper_collector_onboarding_seconds_sum 42",
      'nodekeeper_collector_notifications_total{channel="phone",result="delivered"} 1',
      'nodekeeper_collector_notifications_waiting{channel="phone"} 3',
      'nodekeeper_collector_heartbeats_total{result="withheld"} 1',
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });
});
