/** The text of an answer that may be of any length, from whoever answers. */
import type { IncomingMessage } from "node:http";
import { AppError } from "@nodekeeper/shared";

/** Reads it. `place` is who answers, for the error: PEER_REFUSED where it has more than `maximumBytes`. */
export async function textOf(response: IncomingMessage, place: string, maximumBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response) {
    bytes += part.length;
    if (bytes > maximumBytes) throw new AppError("PEER_REFUSED", `${place} answered with more than any answer has`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
