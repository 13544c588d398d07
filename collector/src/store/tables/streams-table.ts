/** Streams: one for each probe of each node. */
import type Database from "better-sqlite3";

/** A row, with what the tables of facts and of latest observations say of the stream. */
export interface StreamRow {
  readonly id: number;
  readonly node: string;
  readonly probe: string;
  readonly headId: number;
  readonly compactedThroughId: number;
  readonly fiveMinutesThroughMs: number;
  readonly hoursThroughMs: number;
  /** Its latest observation that succeeded; null when none did. */
  readonly succeededEpoch: string | null;
  readonly succeededSequence: number | null;
  readonly succeededAtMs: number | null;
  /** A later one that did not succeed; null when there is none. */
  readonly otherEpoch: string | null;
  readonly otherSequence: number | null;
  readonly otherAtMs: number | null;
  /** In force at the later of the two; null when there is none. */
  readonly intervalMs: number | null;
  /** Facts of the one that succeeded; null when it has none. */
  readonly factsId: number | null;
  readonly factsHash: string | null;
  readonly layoutId: number | null;
  readonly firstSeenMs: number | null;
  readonly lastSeenMs: number | null;
}

/** The table. */
export interface StreamsTable {
  /** Returns its id. */
  insert(node: string, probe: string, fiveMinutesThroughMs: number, hoursThroughMs: number): number;
  rename(id: number, node: string): void;
  saveHead(id: number, headId: number): void;
  saveCompacted(id: number, compactedThroughId: number): void;
  saveRolledUp(id: number, fiveMinutesThroughMs: number, hoursThroughMs: number): void;
  list(): readonly StreamRow[];
  /** With its facts and its latest observations. */
  remove(id: number): void;
}

/** Prepares its statements. */
export function createStreamsTable(database: Database.Database): StreamsTable {
  const insert = database.prepare<[string, string, number, number]>(
    "INSERT INTO streams (node, probe, five_minutes_through_ms, hours_through_ms) VALUES (?, ?, ?, ?)",
  );
  const rename = database.prepare<[string, number]>("UPDATE streams SET node = ? WHERE id = ?");
  const saveHead = database.prepare<[number, number]>("UPDATE streams SET head_id = ? WHERE id = ?");
  const saveCompacted = database.prepare<[number, number]>("UPDATE streams SET compacted_through_id = ? WHERE id = ?");
  const saveRolledUp = database.prepare<[number, number, number]>(
    "UPDATE streams SET five_minutes_through_ms = ?, hours_through_ms = ? WHERE id = ?",
  );
  const select = database.prepare<[], StreamRow>(
    `SELECT s.id, s.node, s.probe, s.head_id AS headId, s.compacted_through_id AS compactedThroughId,
       s.five_minutes_through_ms AS fiveMinutesThroughMs, s.hours_through_ms AS hoursThroughMs,
       succeeded.epoch AS succeededEpoch, succeeded.sequence AS succeededSequence, succeeded.observed_at_ms AS succeededAtMs,
       other.epoch AS otherEpoch, other.sequence AS otherSequence, other.observed_at_ms AS otherAtMs,
       coalesce(other.interval_ms, succeeded.interval_ms) AS intervalMs, facts.id AS factsId,
       lower(hex(facts.hash)) AS factsHash, facts.layout_id AS layoutId, facts.first_seen_ms AS firstSeenMs,
       facts.last_seen_ms AS lastSeenMs
     FROM streams s LEFT JOIN latest succeeded ON succeeded.id = s.id * 2 LEFT JOIN latest other ON other.id = s.id * 2 + 1
       LEFT JOIN facts ON facts.id = succeeded.facts_id`,
  );
  const removeLatest = database.prepare<[number, number]>("DELETE FROM latest WHERE id IN (? * 2, ? * 2 + 1)");
  const remove = database.prepare<[number]>("DELETE FROM streams WHERE id = ?");
  return {
    insert: (node, probe, fiveMinutesThroughMs, hoursThroughMs) =>
      Number(insert.run(node, probe, fiveMinutesThroughMs, hoursThroughMs).lastInsertRowid),
    rename: (id, node) => void rename.run(node, id),
    saveHead: (id, headId) => void saveHead.run(headId, id),
    saveCompacted: (id, compactedThroughId) => void saveCompacted.run(compactedThroughId, id),
    saveRolledUp: (id, fiveMinutesThroughMs, hoursThroughMs) => void saveRolledUp.run(fiveMinutesThroughMs, hoursThroughMs, id),
    list: () => select.all(),
    remove: (id) => {
      removeLatest.run(id, id);
      remove.run(id);
    },
  };
}
