/** Starting with 10,000 nodes: opening the database, and having the state back. */
import { systemClock } from "@nodekeeper/shared";
import { type BenchRow, createBenchStore, ms, timed } from "./bench-store.ts";
import { workloadObservation, workloadProbes } from "./workload.ts";

const nodeCount = 10_000;
const nodesAtOnce = 250;

/** Eight probes for each node, all with facts of their own in the database. */
export async function measureRestore(): Promise<readonly BenchRow[]> {
  await using bench = await createBenchStore();
  const atMs = Date.UTC(2026, 10, 22);
  for (let first = 0; first < nodeCount; first += nodesAtOnce) {
    const nodes = Array.from({ length: nodesAtOnce }, (_, offset) => `node-${first + offset}`);
    await bench
      .store()
      .commit(
        nodes.flatMap((node) => workloadProbes.map((probe, index) => workloadObservation(node, probe, 0, index + 1, atMs))),
      );
  }
  const openMs = await bench.reopen();
  let observationCount = 0;
  let longestPauseMs = 0;
  let isDone = false;
  const watch = (async () => {
    for (let lastMs = systemClock.monotonicMs(); !isDone; ) {
      await new Promise((resolve) => setImmediate(resolve));
      longestPauseMs = Math.max(longestPauseMs, systemClock.monotonicMs() - lastMs);
      lastMs = systemClock.monotonicMs();
    }
  })();
  const restoreMs = await timed(async () => {
    const { observations } = await bench.store().restore();
    observationCount = observations.length;
  });
  isDone = true;
  await watch;
  return [
    {
      what: `opening with ${nodeCount} nodes (${Math.round(bench.databaseBytes() / 2 ** 20)} MiB, checked whole)`,
      value: ms(openMs),
    },
    {
      what: `restoring ${observationCount} observations with whole facts; longest pause of the event loop`,
      value: `${ms(restoreMs)}; ${ms(longestPauseMs)}`,
    },
  ];
}
