/**
 * What a collector has stored, read from its database without it. The journal holds every observation until an hour is over and the
 * collector has run for most of a minute; the tests are over, or have killed it, before that.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { ObservationSchema } from "@nodekeeper/proto";
import type { FoundObservation } from "./comparison.ts";
import { fingerprintOf } from "./ledger.ts";

/** Reads the database in a data directory that no collector uses now; what a kill left in SQLite's log counts, as it does for SQLite. */
export function readJournal(dataDir: string): readonly FoundObservation[] {
  using database = new DatabaseSync(join(dataDir, "nodekeeper.db"));
  const check = database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  if (check !== "ok") {
    throw new Error(`the database in ${dataDir} is damaged: ${check}`);
  }
  const rows = database.prepare("SELECT node, epoch, sequence, payload FROM journal JOIN epochs ON epochs.id = journal.epoch_id");
  return [...rows.iterate()].map(({ node, epoch, sequence, payload }) => {
    if (!(payload instanceof Uint8Array)) {
      throw new Error("the journal has a row without a payload");
    }
    const fingerprint = fingerprintOf(fromBinary(ObservationSchema, payload));
    return { node: String(node), epoch: String(epoch), sequence: Number(sequence), fingerprint };
  });
}
