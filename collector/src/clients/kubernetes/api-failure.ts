/** What an API server's refusals mean to us. */
import { AppError, type Fields, fieldsAt, listAt, textAt } from "@nodekeeper/shared";
import type { ApiAnswer } from "./transport.ts";

/**
 * The AppError of an answer that is no success. Its context has `status`, and `retryAfterMs` where the server says when to come again: a caller tells
 * by it what stays refused (400, 403, 422) from what may pass.
 */
export function failureOf(what: string, answer: Omit<ApiAnswer, "text">, body: Fields | undefined): AppError {
  const { status } = answer;
  const message = `the cluster's API answered ${what} with ${status}: ${body === undefined ? "no JSON" : reasonIn(body)}`;
  const retryAfterMs = delayMs(answer.retryAfter) ?? delayMs(fieldsAt(body ?? {}, "details")["retryAfterSeconds"]);
  const details = { context: { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
  if (status === 404) return new AppError("NOT_FOUND", message, details);
  if (status === 409) return new AppError("CONFLICT", message, details);
  if (passing.has(status) || (status >= 200 && status < 300)) return new AppError("PEER_UNREACHABLE", message, details);
  return new AppError("PEER_REFUSED", message, details);
}

/** Whether something thrown is the answer of that status. */
export function isStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof AppError && thrown.context["status"] === status;
}

/** Answers that the same request may not get a moment later. */
const passing: ReadonlySet<number> = new Set([408, 410, 429, 500, 502, 503, 504]);

/** In its words; what it says in general has the particular in its causes. */
function reasonIn(status: Fields): string {
  const said = textAt(status, "message") ?? textAt(status, "reason") ?? "no reason";
  const causes = listAt(fieldsAt(status, "details"), "causes").flatMap((cause) => textAt(cause, "message") ?? []);
  return [said, ...causes.filter((cause) => !said.includes(cause))].join("; ");
}

/** A delay in seconds; a date is not what Kubernetes says. */
function delayMs(seconds: unknown): number | undefined {
  const value = typeof seconds === "string" && seconds !== "" ? Number(seconds) : seconds;
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value * 1000 : undefined;
}
