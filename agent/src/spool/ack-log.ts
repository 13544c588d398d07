/**
 * Which observations of the files on the disk are acknowledged, for the next life of the process. It exists only while there are such files,
 * and is as durable as the page cache: what it forgets in a power failure is sent twice, which the collector notices.
 */

import { appendFile, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { AckRequestSchema } from "@nodekeeper/proto";
import { systemErrorCode } from "@nodekeeper/shared";
import { diskFrame, diskFrameAt } from "./disk-frame.ts";
import { RangeSet } from "./range-set.ts";

/** Room to leave for the log beside the files. */
export const ackLogMaximumBytes: number = 64 * 1024;

/** See above. */
export class AckLog {
  readonly #path: string;
  #bytes = 0;
  #sequences = new RangeSet();

  constructor(directory: string) {
    this.#path = join(directory, "acknowledged");
  }

  /** Size of the file: less than ackLogMaximumBytes while the acknowledged lie in few ranges, as they do. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(sequences: RangeSet): Promise<void> {
    this.#sequences.addAll(sequences);
    const bytes = encode(sequences);
    if (this.#bytes + bytes.length > ackLogMaximumBytes / 2) return this.#rewrite();
    await appendFile(this.#path, bytes, { mode: 0o600 });
    this.#bytes += bytes.length;
  }

  /** Reads what an earlier life left, up to the first thing that is not right. To be called once, first. */
  async inherit(): Promise<RangeSet> {
    const bytes = await readFile(this.#path).catch((thrown: unknown) => {
      if (systemErrorCode(thrown) === "ENOENT") return Buffer.alloc(0);
      throw thrown;
    });
    let end = 0;
    for (let next = diskFrameAt(bytes, end); next !== undefined; next = diskFrameAt(bytes, end)) {
      for (const range of fromBinary(AckRequestSchema, next.payload).ranges) this.#sequences.add(range.first, range.last);
      end = next.end;
    }
    if (end < bytes.length) await truncate(this.#path, end);
    this.#bytes = end;
    return this.#sequences;
  }

  async delete(): Promise<void> {
    await rm(this.#path, { force: true });
    this.#sequences = new RangeSet();
    this.#bytes = 0;
  }

  async #rewrite(): Promise<void> {
    const bytes = encode(this.#sequences);
    await writeFile(`${this.#path}.new`, bytes, { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
    this.#bytes = bytes.length;
  }
}

function encode(sequences: RangeSet): Buffer {
  const ranges = sequences.ranges.map(({ first, last }) => ({ first, last }));
  return diskFrame(toBinary(AckRequestSchema, create(AckRequestSchema, { ranges })));
}
