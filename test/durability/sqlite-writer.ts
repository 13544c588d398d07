/**
 * The control of the guest-kill test, run inside a guest: writes one row a transaction into SQLite with a given `synchronous`, and after
 * each commit puts the number of the row into a file. Arguments: database, FULL or OFF, file of the last number.
 */
import { openSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const [path = "", synchronous = "", lastFile = ""] = process.argv.slice(2);
const database = new DatabaseSync(path);
database.exec(
  `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; CREATE TABLE numbers (number INTEGER PRIMARY KEY, filler BLOB)`,
);
const insert = database.prepare("INSERT INTO numbers VALUES (?, zeroblob(200))");
const last = openSync(lastFile, "w");
for (let number = 1; ; number += 1) {
  insert.run(number);
  writeSync(last, `${String(number).padStart(9)}\n`, 0); // overwritten in one piece: whoever reads finds a whole number
}
