/** Errors as RFC 9457 problems. What the client did wrong is said in full; what went wrong here is said in the log only. */
import type { AppError } from "@nodekeeper/shared";
import type { Problem } from "@nodekeeper/shared/api";
import { problemKindOf } from "./status-of.ts";

/** The media type of problems. */
export const problemMediaType = "application/problem+json";

/** Codes of our own faults whose message is made for the client. */
const spokenFaults: ReadonlySet<string> = new Set(["NOT_READY", "OVERLOADED", "IDENTITY_UNVERIFIABLE"]);

/** The problem of an error. `statusOverride` is for the few cases in which HTTP has a finer word for the same code (421, 431). */
export function problemOf(error: AppError, requestId: string, statusOverride?: number): Problem {
  const kind = problemKindOf(error.code);
  const status = statusOverride ?? kind.status;
  const isSpoken = status < 500 || spokenFaults.has(error.code);
  return {
    type: `/docs/errors.md#${error.code.toLowerCase()}`,
    title: kind.title,
    status,
    detail: isSpoken ? error.message : `${kind.title}; the collector's log says more under request id ${requestId}.`,
    code: error.code,
    requestId,
  };
}
