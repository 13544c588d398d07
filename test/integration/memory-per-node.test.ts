/** What a node costs in the collector's memory: its facts, its state and what is remembered of it, without its connection (test/bench/fleet). */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { HelloSchema, type Observation, ObservationSchema, Outcome, ReportSchema } from "@nodekeeper/proto";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createHeldFactsTable } from "../../collector/src/ingest/held-facts.ts";
import { createProgressTable } from "../../collector/src/ingest/progress.ts";
import { createIntake } from "../../collector/src/ingest/take-report.ts";
import { createStockTaker } from "../../collector/src/inventory/stock-taker.ts";
import { createMetrics } from "../../collector/src/metrics.ts";
import { createStateHolder } from "../../collector/src/state/holder.ts";
import { unproven } from "../../collector/src/state/node-proof.ts";
import { type MachineProbe, machineId, machineOf } from "../bench/fleet/machines.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void; // V8's own, which the flag brings

/** Measured: 39 KiB, with what is held for all nodes together (state/shared-pool.ts), which weighs on three hundred more than on thousands. */
const limitKib = 50;
const nodeCount = 300;

function heapBytes(): number {
  for (let round = 0; round < 4; round += 1) collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** A report of a probe as it comes off the wire. */
function reportOf({ name, intervalMs, facts }: MachineProbe, node: number, sequence: number, isFull: boolean) {
  const stated = facts(node, 0);
  const observation: Observation = create(ObservationSchema, {
    ...{ probe: name, sequence, intervalMs, durationMs: 12, outcome: Outcome.OK, uptimeMs: BigInt(1_000 * sequence) },
    ...{ observedAtUnixMs: 1_790_000_000_000n, factsHash: Buffer.from(name.padEnd(16, ".").slice(0, 16)) },
    body: isFull ? { case: "full", value: stated } : { case: "unchanged", value: {} },
    sampleValues: stated.sampleKeys.map((_, index) => index + sequence / 10),
  });
  const report = { observations: [observation], sentAtUnixMs: 1_790_000_000_000n, sentUptimeMs: BigInt(1_000 * sequence) };
  return fromBinary(ReportSchema, toBinary(ReportSchema, create(ReportSchema, report)));
}

describe("the memory of a node", () => {
  it(`is at most ${limitKib} KiB of heap for a typical machine, however often it reports`, () => {
    const [clock, logger] = [systemClock, createLogger("test", "silent")];
    const state = createStateHolder([]);
    const [heldFacts, progress] = [createHeldFactsTable(), createProgressTable()];
    const stockTaker = createStockTaker(state);
    const take = createIntake({ state, heldFacts, stockTaker, metrics: createMetrics().ingest, clock, logger });
    const before = heapBytes();

    for (let node = 0; node < nodeCount; node += 1) {
      const [name, { probes }] = [`node-${node}`, machineOf(node % 19)]; // of twenty the last is no typical one
      const hello = create(HelloSchema, { nodeName: name, machineId: machineId(node), epoch: name });
      state.apply({ kind: "connected", node: name, hello, proof: unproven, atMs: clock.wallMs() });
      const epoch = progress.of(name, name);
      for (let sequence = 1; sequence <= 3 * probes.length; sequence += 1) {
        const probe = probes[(sequence - 1) % probes.length];
        if (probe === undefined) throw new Error("a machine has probes");
        const report = reportOf(probe, node, sequence, sequence <= probes.length);
        const { items, needFull } = take({ report, progress: epoch, receivedAtMs: clock.wallMs(), bytes: 1_000 });
        expect([items.length, needFull.length]).toEqual([1, 0]);
        epoch.done.add(sequence);
        epoch.inFlight.delete(sequence);
      }
    }
    const kibPerNode = (heapBytes() - before) / nodeCount / 1024;

    expect(state.nodes()).toHaveLength(nodeCount);
    expect(heldFacts.ofNode("node-0")).toHaveLength(machineOf(0).probes.length);
    expect(kibPerNode).toBeGreaterThan(1); // it was measured at all
    expect(kibPerNode).toBeLessThan(limitKib);
  });
});
