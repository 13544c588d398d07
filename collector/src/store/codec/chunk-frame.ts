/**
 * What all chunks have around them: a version, the layouts in them, readable without decompressing so that a chunk can be skipped that has
 * nothing of what is asked, and the compressed body.
 */
import { AppError } from "@nodekeeper/shared";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { compress, decompress } from "./compression.ts";

const frameVersion = 1;

/** Puts a body into its frame. */
export function sealChunkFrame(layoutIds: ReadonlySet<number>, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(frameVersion);
  writer.varint(layoutIds.size);
  for (const layoutId of layoutIds) writer.varint(layoutId);
  writer.raw(compress(body));
  return writer.written().slice();
}

/** Layouts of a chunk; 0 stands for rows without values. */
export function layoutsOfChunk(bytes: Uint8Array): readonly number[] {
  return readHead(new ByteReader(bytes));
}

/** The body of a chunk. */
export function openChunkFrame(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  readHead(reader);
  return decompress(reader.rest());
}

function readHead(reader: ByteReader): readonly number[] {
  const version = reader.byte();
  if (version !== frameVersion) throw new AppError("STORE_CORRUPT", `a chunk of the database has the unknown form ${version}`);
  return Array.from({ length: reader.varint() }, () => reader.varint());
}
