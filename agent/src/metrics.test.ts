import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostMetrics, probingMetrics, processMetrics, renderMetrics, reportingMetrics } from "./metrics.ts";
import type { ProbeStatus } from "./scheduler.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");

describe("feature 14: the agent's own metrics", () => {
  it("are all documented with their types, and no others", async () => {
    const documented = [...page.matchAll(/^\| `(nodekeeper_agent_\w+)` +\| (\w+)/gm)].map(([, name, type]) => `${name} ${type}`);
    const memory = { first: undefined, nextSequence: 0, records: 0, lost: 0, suppressed: 0, malformed: 0 };
    const spool = { observationCount: 0, memoryBytes: 0, diskBytes: 0, lostCount: 0, ignoredAckCount: 0, problem: undefined };
    const reporter = { isConnected: false, connectCount: 0, acknowledgedCount: 0, rejectedCount: 0 };
    // Only what the metrics read of these; the rest of their shapes does not matter here.
    const metrics = [
      ...(await processMetrics()),
      ...probingMetrics([], spool as never, memory as never),
      ...hostMetrics({ abandonedChildCount: () => 2 }),
      ...reportingMetrics(reporter as never),
    ];

    expect(metrics.map(({ name, type }) => `${name} ${type}`).toSorted()).toEqual(documented.toSorted());
  });

  it("tell of each probe how long it took, how often it failed, and when it last succeeded", () => {
    const spool = { observationCount: 0, memoryBytes: 0, diskBytes: 0, lostCount: 0, ignoredAckCount: 0, problem: undefined };
    const memory = { first: undefined, nextSequence: 0, records: 0, lost: 0, suppressed: 0, malformed: 0 };
    const probe: ProbeStatus = {
      ...{ name: "smart", intervalMs: 300_000, runCount: 12, failureCount: 2, durationMs: 1_500 },
      ...{ outcome: "failed", lastSuccessAtMs: 1_800_000_000_000, isHanging: false, overdueMs: 0 },
    };

    const page = renderMetrics(probingMetrics([probe], spool as never, memory as never));

    for (const line of [
      'probe_runs_total{probe="smart"} 12',
      'probe_failures_total{probe="smart"} 2',
      'probe_outcome{probe="smart",outcome="failed"} 1',
      'probe_duration_seconds{probe="smart"} 1.5',
      'probe_last_success_timestamp_seconds{probe="smart"} 1800000000',
    ])
      expect(page).toContain(`\nnodekeeper_agent_${line}\n`);
  });

  it("tell how many programs could not be killed", () => {
    expect(renderMetrics(hostMetrics({ abandonedChildCount: () => 2 }))).toContain("\nnodekeeper_agent_abandoned_children 2\n");
  });
});
