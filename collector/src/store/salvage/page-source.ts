/**
 * The pages of a database file that SQLite may refuse to read: from the file, and from its log where that has a newer one. Nothing here
 * writes. The form of both is https://sqlite.org/fileformat2.html.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { applicationId } from "../database/verify-database.ts";
import { readLog } from "./read-log.ts";

/** Reads pages by number, from 1 on. */
export interface PageSource extends Disposable {
  readonly pageCount: number;
  /** What page 1 says of the database; undefined where that is damaged. */
  readonly header: DatabaseHeader | undefined;
  /** Undefined where there is no such page, or only a part of it. */
  page(number: number): Uint8Array | undefined;
}

/** What the head of a database says. */
export interface DatabaseHeader {
  readonly applicationId: number;
  /** user_version: of our form. */
  readonly version: number;
}

/** Ours have this size, SQLite's default; a page of them has no reserved bytes. */
export const pageBytes = 4096;
const magic = "SQLite format 3\0";

/** Opens a database file and the log beside it, where there is one. */
export function openPageSource(file: string): PageSource {
  const descriptor = openSync(file, "r");
  const log = readLog(`${file}-wal`, pageBytes);
  const filePages = Math.ceil(fstatSync(descriptor).size / pageBytes);

  function page(number: number): Uint8Array | undefined {
    const bytes = new Uint8Array(pageBytes);
    const logged = log.offsetOf(number);
    const from = logged === undefined ? descriptor : log.descriptor;
    const read = readSync(from, bytes, 0, pageBytes, logged ?? (number - 1) * pageBytes);
    return read === pageBytes ? bytes : undefined;
  }

  return {
    pageCount: Math.max(filePages, log.largestPage),
    header: readHeader(page(1)),
    page: (number) => (number < 1 ? undefined : page(number)),
    [Symbol.dispose]: () => {
      closeSync(descriptor);
      log[Symbol.dispose]();
    },
  };
}

/** A header of which any part is wrong is believed in nothing. */
function readHeader(page: Uint8Array | undefined): DatabaseHeader | undefined {
  if (page === undefined || Buffer.from(page.subarray(0, magic.length)).toString("latin1") !== magic) return undefined;
  const view = new DataView(page.buffer, page.byteOffset);
  const size = view.getUint16(16);
  const isSound = size === pageBytes && view.getUint8(20) === 0 && view.getUint8(21) === 64 && view.getUint8(22) === 32;
  if (!isSound) return undefined;
  return { applicationId: view.getUint32(68), version: view.getUint32(60) };
}

/** True where the head says that it is another program's database. */
export function isForeign(header: DatabaseHeader | undefined): boolean {
  return header !== undefined && header.applicationId !== applicationId && header.applicationId !== 0;
}
