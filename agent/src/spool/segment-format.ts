/**
 * The form of a spool file: a magic line, the epoch, then one SpoolRecord for each observation. A file is only ever appended to; what follows
 * the first thing in it that is not right is not believed.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ObservationSchema, SpoolRecordSchema } from "@nodekeeper/proto";
import { diskFrame, diskFrameAt } from "./disk-frame.ts";
import { type Entry, entryOf, observationOf, type SharedFacts } from "./entry.ts";
import { outlineOf } from "./record-outline.ts";

/** What was found in a file. */
export interface SegmentContent {
  /** Undefined when not even the beginning is intact. */
  readonly epoch: string | undefined;
  readonly entries: readonly Entry[];
  /** Up to here the file is good. */
  readonly goodBytes: number;
}

/** The beginning of a file. */
export function segmentHeader(epoch: string): Buffer {
  return Buffer.concat([magic, diskFrame(Buffer.from(epoch, "utf8"))]);
}

/** The frame of an entry; `hasFacts` tells whether the file holds its facts already. */
export function recordFrame(entry: Entry, hasFacts: boolean): Buffer {
  const observation = observationOf(hasFacts ? { ...entry, facts: undefined } : entry, entry.bootId);
  return diskFrame(toBinary(SpoolRecordSchema, create(SpoolRecordSchema, { bootId: entry.bootId, observation })));
}

/** Under which name a file knows facts. */
export function factsKey(entry: Pick<Entry, "probe" | "hash">): string {
  return `${entry.probe} ${entry.hash}`;
}

/** Reads a file up to the first thing in it that is not right. */
export function readSegment(bytes: Buffer): SegmentContent {
  const beginning = bytes.subarray(0, magic.length).equals(magic) ? diskFrameAt(bytes, magic.length) : undefined;
  if (beginning === undefined) return { epoch: undefined, entries: [], goodBytes: 0 };
  const entries: Entry[] = [];
  const facts = new Map<string, SharedFacts>();
  let goodBytes = beginning.end;
  for (let next = diskFrameAt(bytes, goodBytes); next !== undefined; next = diskFrameAt(bytes, goodBytes)) {
    const entry = parseRecord(next.payload, facts);
    if (entry === undefined) break;
    entries.push(entry);
    goodBytes = next.end;
  }
  return { epoch: beginning.payload.toString("utf8"), entries, goodBytes };
}

const magic = Buffer.from("nodekeeper spool 1\n", "ascii");

function parseRecord(payload: Buffer, facts: Map<string, SharedFacts>): Entry | undefined {
  try {
    const entry = entryOfRecord(payload, facts);
    if (entry?.facts !== undefined) facts.set(factsKey(entry), entry.facts);
    return entry;
  } catch {
    return undefined; // the checksum fits, so another version wrote it: what follows is not ours to read either
  }
}

/** The entry of a record; undefined when it makes no sense, or refers to facts that are not in this file. */
function entryOfRecord(payload: Buffer, facts: ReadonlyMap<string, SharedFacts>): Entry | undefined {
  const { body, observation, ...outline } = outlineOf(payload);
  if (outline.sequence === 0) return undefined;
  if (body === "full") return entryOf(fromBinary(ObservationSchema, observation), outline.sequence, outline.bootId, noneKnown);
  const shared = body === "unchanged" ? facts.get(factsKey(outline)) : undefined;
  if (body === "unchanged" && shared === undefined) return undefined;
  return { ...outline, bytes: observation.slice(), facts: shared }; // a copy, so that one entry does not hold the whole file
}

function noneKnown(): undefined {
  return undefined;
}
