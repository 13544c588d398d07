/** Asks an API server: every request has an end, and every failure is an AppError in words. */
import { AppError, type Clock, createDeadline, type Deadline, type Fields, isFields } from "@nodekeeper/shared";
import { failureOf } from "./api-failure.ts";
import { readJsonLines } from "./json-lines.ts";
import type { ApiRequest, Transport } from "./transport.ts";

/** An API server that is asked for JSON. */
export interface Api {
  /**
   * What is answered to a success. Throws NOT_FOUND, CONFLICT (also: another writer was first), PEER_REFUSED (rights, or a request that it does not
   * take) or PEER_UNREACHABLE (nothing in time, or it cannot answer now); where it answered, the context has `status`.
   */
  ask(request: ApiRequest, signal: AbortSignal): Promise<Fields>;
  /**
   * Gives what is answered line by line as it comes, until the server ends it in order. Throws as `ask` does, what `onLine` throws, and
   * PEER_UNREACHABLE where the connection breaks or lasts longer than `longestMs`.
   */
  follow(request: ApiRequest, longestMs: number, onLine: (line: Fields) => void, signal: AbortSignal): Promise<void>;
}

/** An API server that answers at all does so within milliseconds; what waits longer waits for one that hangs. */
export const answerLimitMs = 10_000;

/** Asks by a transport. */
export function createApi(transport: Transport, clock: Clock): Api {
  return {
    async ask(request, signal) {
      const what = nameOf(request);
      using deadline = createDeadline(clock, answerLimitMs, signal, overdue(what, answerLimitMs));
      const answer = await transport.send(request, deadline.signal).catch((thrown: unknown) => {
        throw explained(what, thrown, signal, deadline.signal);
      });
      const body = fieldsOf(answer.text);
      if (answer.status >= 200 && answer.status < 300 && body !== undefined) return body;
      throw failureOf(what, answer, body);
    },
    async follow(request, longestMs, onLine, signal) {
      const what = nameOf(request);
      const ending = new AbortController();
      const endWith = ({ signal: { reason } }: Deadline) => ending.abort(reason);
      using whole = createDeadline(clock, longestMs, signal, overdue(`to the end of ${what}`, longestMs));
      using start = createDeadline(clock, answerLimitMs, whole.signal, overdue(what, answerLimitMs));
      for (const deadline of [whole, start]) {
        deadline.signal.addEventListener("abort", () => endWith(deadline), { once: true });
        if (deadline.signal.aborted) endWith(deadline);
      }
      try {
        const answer = await transport.stream(request, ending.signal);
        start[Symbol.dispose](); // the rest may take its time
        const lines = readJsonLines(answer.body);
        if (answer.status !== 200) throw failureOf(what, answer, await firstOf(lines));
        for await (const line of lines) hand(line, onLine);
      } catch (thrown) {
        throw explained(what, thrown, signal, ending.signal);
      } finally {
        ending.abort(); // a connection whose answer nobody reads any more is given back
      }
    },
  };
}

/** Without what is in its query, which may be long. */
function nameOf({ method, path }: ApiRequest): string {
  return `${method} ${path.replace(/\?.*$/, "")}`;
}

function overdue(what: string, limitMs: number): AppError {
  return new AppError("PEER_UNREACHABLE", `the cluster's API did not answer ${what} within ${Math.round(limitMs / 1000)} s`);
}

function explained(what: string, thrown: unknown, asked: AbortSignal, limited: AbortSignal): AppError {
  if (asked.aborted) return AppError.from(asked.reason);
  if (limited.aborted) return AppError.from(limited.reason);
  if (thrown instanceof AppError) return thrown;
  const message = `the cluster's API could not be asked ${what}: ${reasonOf(thrown)}`;
  return new AppError("PEER_UNREACHABLE", message, { cause: thrown });
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error && thrown.cause.message !== "" ? thrown.cause.message : thrown.message;
}

function fieldsOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined; // a proxy's page, or a text
  }
}

/** What a refusal says; undefined where it is a proxy's page, or a text. */
async function firstOf(lines: AsyncIterable<Fields>): Promise<Fields | undefined> {
  try {
    for await (const line of lines) return line;
  } catch {
    // The status says enough.
  }
  return undefined;
}

/** What a listener throws is our bug, and no failure of the API server. */
function hand(line: Fields, onLine: (line: Fields) => void): void {
  try {
    onLine(line);
  } catch (thrown) {
    throw AppError.from(thrown);
  }
}
