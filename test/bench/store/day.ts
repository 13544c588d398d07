/** A day of a few busy nodes: bytes for a sample, and how long reading it takes. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@nodekeeper/shared";
import { type BenchRow, createBenchStore, ms, percentile, timed } from "./bench-store.ts";
import { workloadObservation, workloadProbes } from "./workload.ts";

const nodeCount = 3;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Math.floor(Date.UTC(2026, 10, 22) / dayMs) * dayMs;

/** Commits a day and an hour, hour by hour, maintained as it goes. */
export async function measureDay(): Promise<readonly BenchRow[]> {
  await using bench = await createBenchStore();
  let store = bench.store();
  const sequences = new Map<string, number>();
  let samples = 0;
  const commitHour = async (hourStartMs: number): Promise<number> => {
    const observations = Array.from({ length: nodeCount }, (_, node) => `node-${node}`).flatMap((node) =>
      workloadProbes.flatMap((probe) => {
        const first = Math.ceil((hourStartMs - startMs) / probe.intervalMs);
        const count = Math.ceil((hourStartMs + hourMs - startMs) / probe.intervalMs) - first;
        return Array.from({ length: count }, (_, offset) => {
          const sequence = (sequences.get(node) ?? 0) + 1;
          sequences.set(node, sequence);
          return workloadObservation(node, probe, first + offset, sequence, startMs + (first + offset) * probe.intervalMs);
        });
      }),
    );
    await store.commit(observations);
    return observations.reduce((sum, { observation }) => sum + observation.sampleValues.length, 0);
  };
  samples += await commitHour(startMs);
  await bench.reopen();
  store = bench.store();
  const rawBytes = bench.databaseBytes() / samples;

  for (let hour = 1; hour < 24; hour += 1) {
    samples += await commitHour(startMs + hour * hourMs);
    await store.maintain(startMs + hour * hourMs + 60_000);
  }
  const lastMaintenanceMs = await timed(() => store.maintain(startMs + dayMs + 60_000));
  await bench.reopen();
  store = bench.store();
  const chunkBytes = sumOfBodies(bench.directory, "raw_chunks") / samples;
  await commitHour(startMs + dayMs);

  const rows: BenchRow[] = [
    { what: "bytes on disk for a sample in the journal (all its overhead included)", value: rawBytes.toFixed(2) },
    { what: "bytes for a sample in compressed chunks", value: chunkBytes.toFixed(2) },
    { what: `samples of a busy node in a day`, value: String(Math.round(samples / nodeCount)) },
    { what: "compacting one hour of three nodes", value: ms(lastMaintenanceMs) },
  ];
  const queries = [
    { what: "a day of one series, auto (5m)", names: ["temperature_celsius"], id: "load-S5GXNX0T000123", resolution: "auto" },
    {
      what: "a day of one series, raw (5,760 points, thinned)",
      names: ["temperature_celsius"],
      id: "load-S5GXNX0T000123",
      resolution: "raw",
    },
    { what: "a day of all 144 series of the node, auto (5m)", names: [], id: undefined, resolution: "auto" },
    { what: "a day of all 144 series of the node, raw", names: [], id: undefined, resolution: "raw" },
  ] as const;
  for (const { what, ...query } of queries) {
    const times: number[] = [];
    let points = 0;
    for (let run = 0; run < 12; run += 1) {
      const startedAtMs = systemClock.monotonicMs();
      const request = {
        ...query,
        node: "node-1",
        kind: "block_device",
        fromMs: startMs + hourMs,
        toMs: startMs + dayMs + hourMs,
      };
      const { series } = await store.history(request);
      times.push(systemClock.monotonicMs() - startedAtMs);
      points = series.reduce((sum, { at }) => sum + at.length, 0);
    }
    rows.push({
      what: `${what}: p50, worst of 12 (${points} points)`,
      value: `${ms(percentile(times, 0.5))}, ${ms(percentile(times, 1))}`,
    });
  }
  return rows;
}

function sumOfBodies(directory: string, table: string): number {
  using database = new DatabaseSync(join(directory, "nodekeeper.db"), { readOnly: true });
  return Number(database.prepare(`SELECT sum(length(body)) AS bytes FROM ${table}`).get()?.["bytes"]);
}
