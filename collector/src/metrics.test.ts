import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { partReasons, wholeReasons } from "./ingest/problem.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

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
    nodesByStatus: () => new Map([["ok", 2]]),
    findings: () => [{ rule: "disk-nearly-full", state: "firing", count: 1 }],
  });
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
    const { registry, ingest } = measured();
    ingest.reportReceived(100);
    ingest.reportReceived(23);
    ingest.observationRejected("probe");
    ingest.committed(5, 20);
    const text = await registry.metrics();

    for (const line of [
      "nodekeeper_collector_report_bytes_total 123",
      'nodekeeper_collector_rejections_total{reason="probe"} 1',
      'nodekeeper_collector_observations_total{result="rejected"} 1',
      "nodekeeper_collector_commit_duration_seconds_sum 0.02",
      "nodekeeper_collector_streams 3",
      "nodekeeper_collector_database_bytes 4096",
      'nodekeeper_collector_nodes{status="ok"} 2',
      'nodekeeper_collector_findings{rule="disk-nearly-full",state="firing"} 1',
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });
});
