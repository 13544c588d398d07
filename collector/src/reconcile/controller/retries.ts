/** When an object is tried again after a write that did not succeed. Pure. Times are of the monotonic clock. */
import { type AppError, type Backoff, backoffDelayMs } from "@nodekeeper/shared";

/** What is remembered of an object whose last write did not succeed. */
export interface Retry {
  /** conflict: somebody was faster, look again; transient: it may pass by itself; terminal: it will not, somebody must do something. */
  readonly kind: "conflict" | "transient" | "terminal";
  /** In a row. */
  readonly count: number;
  /** What was tried (signatureOf), by what was known of the object and by what it was; another wish is tried at once. */
  readonly wishes: readonly string[];
  readonly untilMs: number;
  /** In the words of whoever refused. */
  readonly text: string;
}

const transient: Backoff = { baseMs: 1_000, maximumMs: 60_000 };
/** Longhorn says so of a node whose disks it has not looked at yet, which takes half a minute; what stays so for long is asked about less often. */
const busy: Backoff = { baseMs: 500, maximumMs: 1_000 };
const busyForCount = 60;
const terminal: Backoff = { baseMs: 120_000, maximumMs: 900_000 };
const conflict: Backoff = { baseMs: 200, maximumMs: 10_000 };
/** A server that asks for more is not believed: it may have recovered long before. */
const maximumRetryAfterMs = 300_000;

/** After one more write that did not succeed. The first conflict is looked at again at once. */
export function retryAfter(
  before: Retry | undefined,
  error: AppError,
  wishes: readonly string[],
  nowMs: number,
  random: () => number,
): Retry {
  const kind = kindOf(error);
  const count = before?.kind === kind && wishes.some((wish) => before.wishes.includes(wish)) ? before.count + 1 : 1;
  return { kind, count, wishes, untilMs: nowMs + delayMs(kind, count, error, random), text: error.message };
}

function kindOf({ code, isTransient }: AppError): Retry["kind"] {
  if (code === "CONFLICT" || code === "NOT_FOUND") return "conflict";
  return isTransient ? "transient" : "terminal";
}

function delayMs(kind: Retry["kind"], count: number, { code, context }: AppError, random: () => number): number {
  switch (kind) {
    case "conflict":
      return count === 1 ? 0 : backoffDelayMs(conflict, count - 1, random);
    case "terminal":
      return backoffDelayMs(terminal, count, random);
    case "transient": {
      if (code === "PEER_BUSY" && count <= busyForCount) return backoffDelayMs(busy, count, random);
      const asked = context["retryAfterMs"];
      const askedMs = typeof asked === "number" ? Math.min(asked, maximumRetryAfterMs) : 0;
      return Math.max(askedMs, backoffDelayMs(transient, count, random));
    }
  }
}
