/** Answers that a client may keep: their tag follows from what they say. */
import { createHash } from "node:crypto";
import type { JsonAnswer } from "./route.ts";

/** The body under a tag of its own content: a client that holds it already is told so, and nothing is sent. */
export function tagged(body: object): JsonAnswer {
  const text = JSON.stringify(body);
  return { kind: "json", etag: createHash("sha256").update(text).digest("base64url").slice(0, 22), render: () => text };
}
