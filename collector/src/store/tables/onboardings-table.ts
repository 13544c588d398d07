/** Ways of machines to being ready. The table does not look into them. */
import type Database from "better-sqlite3";

/** What is remembered of a name. */
export interface OnboardingRow {
  readonly node: string;
  readonly changedMs: number;
  /** JSON of a StoredOnboarding without its node and time. */
  readonly body: string;
}

/** The table. */
export interface OnboardingsTable {
  /** In place of what was remembered before. */
  save(row: OnboardingRow): void;
  remove(node: string): void;
  /** In the order of names, those after a name, at most so many. */
  page(afterNode: string, limit: number): readonly OnboardingRow[];
  /** Drops those of names that nobody bears since a time, as far as the table of nodes tells. */
  removeOrphans(beforeMs: number): void;
}

/** Prepares its statements. */
export function createOnboardingsTable(database: Database.Database): OnboardingsTable {
  const upsert = database.prepare<OnboardingRow>("INSERT OR REPLACE INTO onboardings VALUES (@node, @changedMs, @body)");
  const page = database.prepare<[string, number], OnboardingRow>(
    "SELECT node, changed_ms AS changedMs, body FROM onboardings WHERE node > ? ORDER BY node LIMIT ?",
  );
  const remove = database.prepare<[string]>("DELETE FROM onboardings WHERE node = ?");
  const removeOrphans = database.prepare<[number]>(
    "DELETE FROM onboardings WHERE changed_ms < ? AND node NOT IN (SELECT name FROM nodes) AND json_extract(body, '$.current') IS NULL",
  );
  return {
    save: (row) => void upsert.run(row),
    remove: (node) => void remove.run(node),
    page: (afterNode, limit) => page.all(afterNode, limit),
    removeOrphans: (beforeMs) => void removeOrphans.run(beforeMs),
  };
}
