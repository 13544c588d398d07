/** Choices of design, each against its alternative in one run. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@nodekeeper/shared";
import type { HistoryRow } from "../../../collector/src/store/codec/history-row.ts";
import { decodeRawChunk, encodeRawChunk } from "../../../collector/src/store/codec/raw-chunk.ts";
import { type BenchRow, ms } from "./bench-store.ts";
import { workloadObservation, workloadProbes } from "./workload.ts";

const startMs = Date.UTC(2026, 10, 22);
const hours = 24;

/** All of them. */
export function measureDesigns(): readonly BenchRow[] {
  return [...chunksAgainstRows(), ...foldingAgainstWritingAtOnce()];
}

/** A day of one probe: columnar chunks by the hour against one row for each sample, keyed by series and time. */
function chunksAgainstRows(): readonly BenchRow[] {
  const [probe] = workloadProbes;
  if (probe === undefined) return [];
  const rowsByHour = Array.from({ length: hours }, (_, hour) =>
    Array.from({ length: 240 }, (_, index) => historyRow(probe, hour * 240 + index)),
  );
  return inScratchDatabase((database, bytes) => {
    database.exec(
      `CREATE TABLE chunks (key INTEGER PRIMARY KEY, body BLOB);
       CREATE TABLE samples (series INTEGER, at INTEGER, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID`,
    );
    const empty = bytes();
    for (const rows of rowsByHour) decodeRawChunk(encodeRawChunk(rows)).column(0, 3); // so that the first of the two is not the only cold one
    const put = database.prepare("INSERT INTO chunks VALUES (?, ?)");
    const chunkWriteMs = time(() => {
      database.exec("BEGIN");
      for (const [hour, rows] of rowsByHour.entries()) put.run(hour, encodeRawChunk(rows));
      database.exec("COMMIT");
    });
    const afterChunks = bytes();
    const insert = database.prepare("INSERT INTO samples VALUES (?, ?, ?)");
    const rowWriteMs = time(() => {
      database.exec("BEGIN");
      for (const { observedAtMs, values } of rowsByHour.flat()) {
        for (const [series, value] of values.entries()) insert.run(series, observedAtMs, value);
      }
      database.exec("COMMIT");
    });
    const afterRows = bytes();
    const chunkReadMs = time(() => {
      for (const { body } of database.prepare("SELECT body FROM chunks").all()) {
        if (body instanceof Uint8Array) decodeRawChunk(body).column(0, 3);
      }
    });
    const rowReadMs = time(() => void database.prepare("SELECT at, value FROM samples WHERE series = 3").all());
    const samples = hours * 240 * probe.seriesCount;
    const [perChunk, perRow] = [(afterChunks - empty) / samples, (afterRows - afterChunks) / samples];
    return [
      {
        what: "a day of a probe of 28 series, chunks : rows, bytes a sample",
        value: `${perChunk.toFixed(2)} : ${perRow.toFixed(2)} (1 : ${(perRow / perChunk).toFixed(1)})`,
      },
      { what: "writing it", value: `${ms(chunkWriteMs)} : ${ms(rowWriteMs)} (1 : ${(rowWriteMs / chunkWriteMs).toFixed(1)})` },
      {
        what: "reading one of its series",
        value: `${ms(chunkReadMs)} : ${ms(rowReadMs)} (1 : ${(rowReadMs / chunkReadMs).toFixed(1)})`,
      },
    ];
  });
}

/** Bytes that go into SQLite's log for transactions of one observation each of many nodes: with and without rewriting spans and latest each time. */
function foldingAgainstWritingAtOnce(): readonly BenchRow[] {
  const [nodes, transactions] = [5000, 32_768];
  const logBytes = (isAtOnce: boolean): number =>
    inScratchDatabase((database, _, file) => {
      database.exec(
        `PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; -- only bytes are counted
         CREATE TABLE journal (id INTEGER PRIMARY KEY, stream INTEGER, payload BLOB);
         CREATE TABLE spans (node INTEGER PRIMARY KEY, first INTEGER, last INTEGER);
         CREATE TABLE latest (stream INTEGER PRIMARY KEY, payload BLOB); BEGIN`,
      );
      const insertSpan = database.prepare("INSERT OR REPLACE INTO spans VALUES (?, 1, ?)");
      const insertLatest = database.prepare("INSERT OR REPLACE INTO latest VALUES (?, ?)");
      const insertRow = database.prepare("INSERT INTO journal (stream, payload) VALUES (?, ?)");
      const payload = Buffer.alloc(300, 1);
      for (let node = 0; node < nodes; node += 1) {
        insertSpan.run(node, 1);
        for (let probe = 0; probe < 8; probe += 1) insertLatest.run(node * 8 + probe, payload);
      }
      database.exec("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
      const touched = new Set<number>();
      for (let index = 0; index < transactions; index += 1) {
        const stream = (index * 7919) % (nodes * 8);
        database.exec("BEGIN");
        insertRow.run(stream, payload);
        if (isAtOnce) {
          insertSpan.run(stream >> 3, index);
          insertLatest.run(stream, payload);
        } else touched.add(stream);
        database.exec("COMMIT");
      }
      database.exec("BEGIN"); // the fold, once for all of them
      for (const stream of [...touched].sort((left, right) => left - right)) {
        insertSpan.run(stream >> 3, 1);
        insertLatest.run(stream, payload);
      }
      database.exec("COMMIT");
      return statSync(`${file}-wal`).size / transactions;
    });
  const [atOnce, folded] = [logBytes(true), logBytes(false)];
  return [
    {
      what: "bytes into the log for an observation, one to a transaction: folded later : spans and latest in each transaction",
      value: `${Math.round(folded)} : ${Math.round(atOnce)} (1 : ${(atOnce / folded).toFixed(1)})`,
    },
  ];
}

function historyRow(probe: (typeof workloadProbes)[number], index: number): HistoryRow {
  const { observation, observedAtMs, receivedAtMs } = workloadObservation(
    "n",
    probe,
    index,
    index + 1,
    startMs + index * probe.intervalMs,
  );
  const { sequence, intervalMs, durationMs, outcome } = observation;
  return {
    ...{ epoch: "epoch", sequence, observedAtMs, receivedAtMs, observedAtUnixMs: observedAtMs, uptimeMs: observedAtMs % 1e9 },
    ...{ isFromEarlierBoot: false, intervalMs, durationMs, outcome, failure: undefined, factsHash: "00".repeat(16), layoutId: 1 },
    values: Float64Array.from(observation.sampleValues),
  };
}

function inScratchDatabase<Result>(work: (database: DatabaseSync, bytes: () => number, file: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), "nodekeeper-bench-design-"));
  const file = join(directory, "db");
  try {
    using database = new DatabaseSync(file);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    const bytes = (): number => {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return statSync(file).size;
    };
    return work(database, bytes, file);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function time(work: () => void): number {
  const startedAtMs = systemClock.monotonicMs();
  work();
  return systemClock.monotonicMs() - startedAtMs;
}
