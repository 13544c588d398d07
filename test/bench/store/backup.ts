/** A backup of some hundred MiB while a thousand nodes report: what a commit waits then, beside what it waits without. */
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { type BenchRow, createBenchStore, ms, percentile } from "./bench-store.ts";
import { observationsPerSecond, workloadObservation, workloadProbes } from "./workload.ts";

const nodeCount = 1000;
const databaseMiB = 300;
const quietSeconds = 15;
const never = new AbortController().signal;
const [probe] = workloadProbes;

/** Latencies are those of whole commits, from the call until it resolves. */
export async function measureBackup(): Promise<readonly BenchRow[]> {
  if (probe === undefined) throw new Error("there are no probes");
  const load = probe;
  await using bench = await createBenchStore();
  let sequence = 0;
  const atMs = Date.UTC(2026, 10, 22);
  const commit = (node: number): Promise<void> => {
    sequence += 1;
    return bench
      .store()
      .commit([workloadObservation(`node-${node}`, load, sequence > nodeCount ? 1 : 0, sequence, atMs + sequence)]);
  };
  while (bench.databaseBytes() < databaseMiB << 20) {
    await Promise.all(Array.from({ length: nodeCount }, (_, node) => commit(node)));
  }

  const quiet = await pace(commit, systemClock.sleep(quietSeconds * 1000, never));
  const target = join(bench.directory, "backups");
  mkdirSync(target);
  let largestLogBytes = 0;
  const startedAtMs = systemClock.monotonicMs();
  const making = bench.store().backup(join(target, "backup.db"));
  const during = await pace(commit, making, () => {
    largestLogBytes = Math.max(largestLogBytes, statSync(join(bench.directory, "nodekeeper.db-wal")).size);
  });
  const tookMs = systemClock.monotonicMs() - startedAtMs;
  const { bytes } = await making;
  rmSync(target, { recursive: true });
  return [
    {
      what: `${Math.round(observationsPerSecond * nodeCount)} commits/s without a backup: p50, p99, worst`,
      value: latencies(quiet),
    },
    { what: `the same while ${Math.round(bytes / 2 ** 20)} MiB are backed up and verified`, value: latencies(during) },
    { what: "the backup took; commits meanwhile", value: `${ms(tookMs)}; ${during.length}` },
    { what: "SQLite's log at its largest meanwhile", value: `${(largestLogBytes / 2 ** 20).toFixed(1)} MiB` },
  ];
}

/** Commits at the pace of the nodes until `until` is over; how long each took. */
async function pace(
  commit: (node: number) => Promise<void>,
  until: Promise<unknown>,
  look: () => void = () => undefined,
): Promise<readonly number[]> {
  const waitsMs: number[] = [];
  const underWay: Promise<void>[] = [];
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  const perTick = (observationsPerSecond * nodeCount) / 100;
  for (let due = 0, node = 0; !isOver; ) {
    const startedAtMs = systemClock.monotonicMs();
    for (due += perTick; due >= 1; due -= 1, node += 1) underWay.push(timedCommit(node % nodeCount));
    look();
    await systemClock.sleep(Math.max(1, 10 - (systemClock.monotonicMs() - startedAtMs)), never);
  }
  await Promise.all([over, ...underWay]);
  return waitsMs;

  async function timedCommit(node: number): Promise<void> {
    const askedAtMs = systemClock.monotonicMs();
    await commit(node);
    waitsMs.push(systemClock.monotonicMs() - askedAtMs);
  }
}

function latencies(values: readonly number[]): string {
  return [0.5, 0.99, 1].map((share) => ms(percentile(values, share))).join(", ");
}
