/** JSON objects, one a line, out of bytes that come bit by bit. */
import { AppError, type Fields, isFields } from "@nodekeeper/shared";

/** No object of a cluster is larger: etcd takes 1.5 MiB. */
export const longestLineBytes: number = 4 * 1024 * 1024;

const newline = 0x0a;

/** Gives one after the other. Throws PEER_REFUSED where a line is too long or no JSON object, also the last one, which may have been cut off. */
export async function* readJsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Fields> {
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      const line = Buffer.concat([...begun, chunk.subarray(from, end)]);
      begun = [];
      begunBytes = 0;
      from = end + 1;
      checkLength(line.length);
      if (line.length > 0) yield parseLine(line);
    }
    begun.push(chunk.subarray(from));
    begunBytes += chunk.length - from;
    checkLength(begunBytes);
  }
  if (begunBytes > 0) yield parseLine(Buffer.concat(begun));
}

function checkLength(bytes: number): void {
  if (bytes > longestLineBytes)
    throw new AppError("PEER_REFUSED", `the cluster's API said more than ${longestLineBytes} bytes in one line`);
}

function parseLine(line: Buffer): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch {
    // Said below; what it says is not, since it may be anything.
  }
  if (!isFields(value)) throw new AppError("PEER_REFUSED", "the cluster's API said a line that is no JSON object");
  return value;
}
