/** The latest observation of each stream, for a restart. */
import type Database from "better-sqlite3";
import { decodeFactsBody } from "./facts-table.ts";

/** An observation that is the latest of its stream, or the latest that succeeded. */
export interface LatestObservation {
  readonly epoch: string;
  readonly sequence: number;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  /** In force when it was made. */
  readonly intervalMs: number;
  readonly factsId: number | null;
  /** The observation in protobuf, without its facts. */
  readonly payload: Uint8Array;
}

/** One that is read back. */
export interface RestoredRow {
  /** Of the row: grows from row to row. */
  readonly id: number;
  readonly node: string;
  readonly epoch: string;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  readonly payload: Uint8Array;
  /** Facts in protobuf; undefined when it has none. */
  readonly facts: Uint8Array | undefined;
}

/** The table. */
export interface LatestTable {
  saveSucceeded(streamId: number, observation: LatestObservation): void;
  /** Undefined removes it: a later one succeeded. */
  saveOther(streamId: number, observation: LatestObservation | undefined): void;
  /** Rows after an id, at most so many; not of machines that lost their name (former-node.ts). Of one stream, the one that succeeded comes first. */
  page(afterId: number, limit: number): readonly RestoredRow[];
}

/** Prepares its statements. */
export function createLatestTable(database: Database.Database): LatestTable {
  const upsert = database.prepare<{ readonly id: number } & LatestObservation>(
    "INSERT OR REPLACE INTO latest VALUES (@id, @epoch, @sequence, @observedAtMs, @receivedAtMs, @intervalMs, @factsId, @payload)",
  );
  const remove = database.prepare<[number]>("DELETE FROM latest WHERE id = ?");
  const page = database.prepare<[number, number], Omit<RestoredRow, "facts"> & { readonly body: Uint8Array | null }>(
    `SELECT l.id, s.node, l.epoch, l.observed_at_ms AS observedAtMs, l.received_at_ms AS receivedAtMs, l.payload, b.body
     FROM latest l JOIN streams s ON s.id = l.id / 2 LEFT JOIN facts_bodies b ON b.facts_id = l.facts_id
     WHERE l.id > ? AND instr(s.node, '@') = 0 ORDER BY l.id LIMIT ?`,
  );
  return {
    saveSucceeded: (streamId, observation) => void upsert.run({ id: streamId * 2, ...observation }),
    saveOther(streamId, observation) {
      if (observation === undefined) remove.run(streamId * 2 + 1);
      else upsert.run({ id: streamId * 2 + 1, ...observation });
    },
    page: (afterId, limit) =>
      page.all(afterId, limit).map(({ body, ...row }) => ({ ...row, facts: body === null ? undefined : decodeFactsBody(body) })),
  };
}
