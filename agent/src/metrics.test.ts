import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostMetrics, probingMetrics, processMetrics, renderMetrics, reportingMetrics } from "./metrics.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");

describe("the agent's metrics", () => {
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

  it("tell how many programs could not be killed", () => {
    expect(renderMetrics(hostMetrics({ abandonedChildCount: () => 2 }))).toContain("\nnodekeeper_agent_abandoned_children 2\n");
  });
});
