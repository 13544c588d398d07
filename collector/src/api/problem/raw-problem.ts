/** A problem as the bytes of a whole HTTP answer, for connections that never became a request or are asked to become a WebSocket. */
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Refusal } from "./from-thrown.ts";
import { problemHeaders } from "./problem-headers.ts";
import { problemMediaType, problemOf } from "./problem-of.ts";

/** The answer; the connection is to be closed after it. */
export function rawProblem({ error, status }: Refusal): string {
  const problem = problemOf(error, randomUUID(), status);
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    ...Object.entries(problemHeaders(error)).map(([name, value]) => `${name}: ${value}`),
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
