/** The forms of the database, in order: the n-th brings a database of version n - 1 to version n. A released one is never changed. */

/** SQL that is run in one transaction. */
export type Migration = string;

/** All migrations. */
export const migrations: readonly Migration[] = [
  `
  -- Everything that is not a row elsewhere: watermarks and floors of retention.
  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE nodes (
    name TEXT PRIMARY KEY,
    machine_id TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    agent_version TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_contact_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Which sequence numbers of an epoch of a node are committed.
  CREATE TABLE epochs (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    epoch TEXT NOT NULL,
    spans BLOB NOT NULL,
    last_used_ms INTEGER NOT NULL,
    UNIQUE (node, epoch)
  ) STRICT;

  -- A stream is what one probe of one node says over time.
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    probe TEXT NOT NULL,
    -- Newest row of it in the journal; each row names the one before it.
    head_id INTEGER NOT NULL DEFAULT 0,
    -- Rows up to it are in chunks.
    compacted_through_id INTEGER NOT NULL DEFAULT 0,
    -- What was observed before these is in roll-ups.
    five_minutes_through_ms INTEGER NOT NULL,
    hours_through_ms INTEGER NOT NULL,
    UNIQUE (node, probe)
  ) STRICT;

  -- What sample values mean, by position: a JSON array of [kind, id, name], compressed.
  CREATE TABLE layouts (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    keys BLOB NOT NULL,
    -- Give or take a day.
    last_used_ms INTEGER NOT NULL
  ) STRICT;

  -- Facts by the agent's hash, each stored once: with first and last seen this is the history of the inventory. The bodies lie apart, so
  -- that what changes often is small.
  CREATE TABLE facts (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    layout_id INTEGER NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    UNIQUE (stream_id, hash)
  ) STRICT;
  CREATE TABLE facts_bodies (
    facts_id INTEGER PRIMARY KEY REFERENCES facts (id) ON DELETE CASCADE,
    body BLOB NOT NULL
  ) STRICT;

  -- Observations in the order of their arrival, until they are compacted into chunks. The payload is the observation without its facts.
  CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    previous_id INTEGER NOT NULL,
    epoch_id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    observed_at_ms INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    facts_id INTEGER,
    payload BLOB NOT NULL
  ) STRICT;

  -- The latest observation of each stream that succeeded (id = stream * 2), and a later one that did not (id = stream * 2 + 1).
  CREATE TABLE latest (
    id INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    observed_at_ms INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL,
    facts_id INTEGER,
    payload BLOB NOT NULL
  ) STRICT;

  -- Compressed columns. Time first, so that writing appends and dropping takes from the front: key = unit of time * 2^32 + stream.
  CREATE TABLE raw_chunks (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TABLE five_minute_chunks (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TABLE hour_chunks (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;

  -- A finding lives from pending to resolved; the same id may live again later.
  CREATE TABLE findings (
    id TEXT NOT NULL,
    pending_since_ms INTEGER NOT NULL,
    node TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    resolved_at_ms INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (id, pending_since_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX findings_open ON findings (since_ms) WHERE resolved_at_ms IS NULL;
  CREATE INDEX findings_by_time ON findings (since_ms);
  CREATE INDEX findings_by_node ON findings (node, since_ms);
  CREATE INDEX findings_resolved ON findings (resolved_at_ms) WHERE resolved_at_ms IS NOT NULL;
  `,
  `
  -- Why a node left: one that was switched off on purpose is still that after a restart of the collector.
  ALTER TABLE nodes ADD COLUMN goodbye TEXT;
  `,
  `
  -- What is remembered of the equipment of a node, in JSON: against it changes are told, and missing disks and growing errors judged.
  CREATE TABLE inventories (
    node TEXT PRIMARY KEY,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What changed, when it was observed; the body is JSON.
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    node TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX changes_by_time ON changes (at_ms, id);
  CREATE INDEX changes_by_node ON changes (node, at_ms, id);
  `,
  `
  -- Who did what, and who was refused; the body is JSON. The nodes are there where the actor is an agent or the target a node.
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    is_done INTEGER NOT NULL,
    actor_node TEXT,
    target_node TEXT,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_time ON audit (at_ms, id);
  CREATE INDEX audit_by_outcome ON audit (is_done, at_ms, id);
  CREATE INDEX audit_by_actor ON audit (actor_node, at_ms, id) WHERE actor_node IS NOT NULL;
  CREATE INDEX audit_by_target ON audit (target_node, at_ms, id) WHERE target_node IS NOT NULL;
  `,
  `
  -- By what the agent of a node proved who it is, e.g. proven/cluster; null: by nothing.
  ALTER TABLE nodes ADD COLUMN proof TEXT;
  `,
  `
  -- What the agent of a node had to drop, newest first, in JSON; null: nothing.
  ALTER TABLE nodes ADD COLUMN losses TEXT;
  `,
  `
  -- Whether a machine is switched off and on as its owner likes: one that sleeps is still no fault after a restart of the collector.
  ALTER TABLE nodes ADD COLUMN is_intermittent INTEGER;
  `,
  `
  -- How far the machine that bears a name has come on its way to being ready, and those that bore it before; the body is JSON.
  CREATE TABLE onboardings (
    node TEXT PRIMARY KEY,
    changed_ms INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Small documents of people and of the collector itself, by kind: what was decided about findings, what was told to whom; the body is JSON.
  CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  `,
];
