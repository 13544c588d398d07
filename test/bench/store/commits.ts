/** Commits of 5,000 nodes: at the pace at which they come, and as fast as the disk takes them. */
import { systemClock } from "@nodekeeper/shared";
import type { StoredObservation } from "../../../collector/src/store/store.ts";
import { type BenchRow, createBenchStore, ms, percentile } from "./bench-store.ts";
import { observationsPerSecond, workloadObservation, workloadProbes } from "./workload.ts";

const nodeCount = 5000;
const paceSeconds = 15;
const saturationSeconds = 8;
const never = new AbortController().signal;

/** Observations of all nodes, one probe of each after the other: a report now has one observation, now several. */
class Fleet {
  #next = 0;
  readonly #startMs = Math.floor(Date.UTC(2026, 10, 22) / 3_600_000) * 3_600_000;

  report(size: number): readonly StoredObservation[] {
    const node = this.#next % nodeCount;
    const round = Math.floor(this.#next / nodeCount);
    this.#next += 1;
    return Array.from({ length: size }, (_, position) => {
      const probe = workloadProbes[(round * 3 + position) % workloadProbes.length] ?? workloadProbes[0];
      if (probe === undefined) throw new Error("there are no probes");
      const sequence = round * 8 + position + 1;
      return workloadObservation(`node-${node}`, probe, round < 8 ? 0 : round, sequence, this.#startMs + this.#next);
    });
  }
}

/** Latencies are those of whole commits, from the call until it resolves. */
export async function measureCommits(): Promise<readonly BenchRow[]> {
  await using bench = await createBenchStore();
  const store = bench.store();
  const fleet = new Fleet();
  for (let index = 0; index < 3 * nodeCount; index += 200) {
    await store.commit(Array.from({ length: 200 }, () => fleet.report(3)).flat());
  }

  const paced: number[] = [];
  const reportsPerTick = Math.round((nodeCount * observationsPerSecond) / 2 / 100);
  const underWay: Promise<void>[] = [];
  for (let tick = 0; tick < paceSeconds * 100; tick += 1) {
    const startedAtMs = systemClock.monotonicMs();
    for (let index = 0; index < reportsPerTick; index += 1) underWay.push(commitTimed(1 + (index % 3), paced));
    await systemClock.sleep(Math.max(0, 10 - (systemClock.monotonicMs() - startedAtMs)), never);
  }
  await Promise.all(underWay);

  const before = await store.status();
  const saturated: number[] = [];
  const untilMs = systemClock.monotonicMs() + saturationSeconds * 1000;
  await Promise.all(
    Array.from({ length: 256 }, async () => {
      while (systemClock.monotonicMs() < untilMs) await commitTimed(2, saturated);
    }),
  );
  const after = await store.status();

  const single: number[] = [];
  for (let index = 0; index < 500; index += 1) await commitTimed(2, single);

  const batches: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const observations = Array.from({ length: 1000 }, () => fleet.report(2)).flat();
    const startedAtMs = systemClock.monotonicMs();
    await store.commit(observations);
    batches.push(systemClock.monotonicMs() - startedAtMs);
  }

  return [
    latencies(`${nodeCount} nodes' pace: ${Math.round(paced.length / paceSeconds)} commits/s of 1 to 3 observations`, paced),
    {
      what: "as fast as it takes them, 256 commits of 2 under way: commits/s, observations/s, transactions/s",
      value: [saturated.length, after.observationCount - before.observationCount, after.commitCount - before.commitCount]
        .map((count) => String(Math.round(count / saturationSeconds)))
        .join(", "),
    },
    latencies("latency then", saturated),
    latencies("one commit of 2 after the other", single),
    latencies("batches of 2000, as ingest's queue sends them under load", batches),
  ];

  async function commitTimed(size: number, into: number[]): Promise<void> {
    const observations = fleet.report(size);
    const startedAtMs = systemClock.monotonicMs();
    await store.commit(observations);
    into.push(systemClock.monotonicMs() - startedAtMs);
  }
}

function latencies(what: string, values: readonly number[]): BenchRow {
  return { what: `${what}: p50, p99, worst`, value: [0.5, 0.99, 1].map((share) => ms(percentile(values, share))).join(", ") };
}
