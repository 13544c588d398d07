/**
 * What was read last, across a restart of the agent: a disk or a GPU that sleeps is not woken to be known again. Written once, when the agent stops,
 * into the spool's directory, and believed only in the same boot: over a restart of the machine hardware may be another. It may be lost: then what
 * sleeps is not known before it wakes.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { KeptReadingsSchema, type Subject } from "@nodekeeper/proto";
import { type Logger, systemErrorCode } from "@nodekeeper/shared";

/** Where they lie, of which boot they must be, and who is told that they are not. */
export interface KeptReadingsPlace {
  readonly directory: string;
  readonly bootId: string;
  readonly logger: Logger;
}

/** What an earlier agent of this boot left; nothing where there is none, or it cannot be understood. */
export function readKeptReadings({ directory, bootId, logger }: KeptReadingsPlace): readonly Subject[] {
  try {
    const kept = fromBinary(KeptReadingsSchema, readFileSync(join(directory, fileName)), { readUnknownFields: false });
    return kept.bootId === bootId ? kept.subjects : [];
  } catch (thrown) {
    if (systemErrorCode(thrown) !== "ENOENT") logger.warn({ err: thrown, directory }, "the last readings cannot be taken over");
    return [];
  }
}

/** Leaves them for the next agent. A disk that is full costs only them. */
export function writeKeptReadings({ directory, bootId, logger }: KeptReadingsPlace, subjects: readonly Subject[]): void {
  const path = join(directory, fileName);
  try {
    const bytes = toBinary(KeptReadingsSchema, create(KeptReadingsSchema, { bootId, subjects: [...subjects] }));
    writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (thrown) {
    logger.warn({ err: thrown, directory }, "the last readings cannot be kept");
  }
}

const fileName = "last-readings";
