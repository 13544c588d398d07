/** One HTTP request to a service that tells people. What comes back is judged, never believed, and never followed elsewhere. */
import { AppError, type Clock, createDeadline } from "@nodekeeper/shared";
import { type Delivery, delivered, postponed, refused } from "./channel.ts";

/** The request. */
export interface HttpMessage {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; undefined: none. */
  readonly body?: string;
  /** What must not stand in a problem: tokens, and the URL where it is one. */
  readonly secrets: readonly string[];
}

const timeoutMs = 15_000;
/** Of what a service says about its refusal, so much is shown. */
const maximumWords = 200;
/** So much of it is read: a secret that it repeats must be seen whole to be taken out. */
const maximumBytes = 16_384;
/** Statuses below 500 after which the same request may succeed: Request Timeout, Too Early, Too Many Requests. */
const transientStatuses = [408, 425, 429];
/** A service that asks for more is asked again all the same. */
const maximumRetryAfterMs = 3_600_000;

/** Sends it. */
export async function sendHttp(message: HttpMessage, clock: Clock, signal: AbortSignal): Promise<Delivery> {
  const { method, url, headers = {}, body, secrets } = message;
  using deadline = createDeadline(clock, timeoutMs, signal, new Error("it did not answer in time"));
  try {
    const response = await fetch(url, {
      method,
      headers: { "User-Agent": "nodekeeper", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: deadline.signal,
    });
    const words = response.ok ? "" : await firstWords(response, secrets);
    await response.body?.cancel().catch(() => undefined); // read as far as it is needed
    return judge(response, words, clock.wallMs());
  } catch (thrown) {
    const why = deadline.signal.aborted && !signal.aborted ? `no answer within ${timeoutMs / 1000} s` : reasonOf(thrown);
    return postponed(`${url.host} cannot be reached: ${without(why, secrets)}`);
  }
}

/** The text with nothing of the secrets in it. */
export function without(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length >= 4).reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

function judge({ ok, status, headers }: Response, words: string, nowMs: number): Delivery {
  if (ok) return delivered;
  const said = words === "" ? "" : `: ${words}`;
  if (status >= 300 && status < 400)
    return refused(`it answered ${status}, a redirection, which is not followed; write the address where it leads`);
  if (status < 500 && !transientStatuses.includes(status)) return refused(`it answered ${status}${hintOf(status)}${said}`);
  return postponed(`it answered ${status}${said}`, retryAfterMs(headers.get("retry-after"), nowMs));
}

function hintOf(status: number): string {
  if (status === 401 || status === 403) return " (look at the token or the URL)";
  return status === 404 ? " (the URL leads nowhere, or was revoked)" : "";
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const durationMs = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(durationMs) ? undefined : Math.min(maximumRetryAfterMs, Math.max(0, durationMs));
}

/** One line of what it says, without any secret. */
async function firstWords(response: Response, secrets: readonly string[]): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  let bytes = new Uint8Array();
  while (bytes.length < maximumBytes) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes = new Uint8Array(Buffer.concat([bytes, value]));
  }
  await reader.cancel().catch(() => undefined); // the rest is not of interest
  reader.releaseLock();
  const text = without(new TextDecoder().decode(bytes.subarray(0, maximumBytes)).replace(/[\p{Cc}\s]+/gu, " "), secrets).trim();
  return text.length <= maximumWords ? text : `${text.slice(0, maximumWords - 1)}…`;
}

/** fetch says "fetch failed", and why in its cause. */
function reasonOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return AppError.from(inner).message;
}
