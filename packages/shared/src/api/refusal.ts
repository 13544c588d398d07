/** What a collector refused, as an error. */
import { AppError, type ErrorCode, errorCodes } from "../errors.ts";
import type { Problem } from "./problem.ts";
import type { ApiRequest, ApiResponse } from "./transport.ts";

/** What the collector refused, as the error that it is. */
export function refusalOf(place: string, { path }: Pick<ApiRequest, "path">, { status, text }: ApiResponse): AppError {
  const { code, detail } = problemIn(text);
  const message = detail ?? `${place} answered ${status} to ${path.split("?")[0]}`;
  if (code !== undefined && isCode(code) && spoken.has(code)) return new AppError(code, message);
  return new AppError(status === 404 ? "NOT_FOUND" : status === 400 ? "REQUEST_INVALID" : "PEER_REFUSED", message);
}

/** Codes of the collector that are the caller's own matter, and are told as they are. */
const spoken: ReadonlySet<ErrorCode> = new Set([
  "REQUEST_INVALID",
  "NOT_FOUND",
  "CONFLICT",
  "FORBIDDEN",
  "RATE_LIMITED",
  "IDENTITY_MISSING",
  "IDENTITY_REFUSED",
  "IDENTITY_EXPIRED",
  "IDENTITY_UNVERIFIABLE",
]);

function isCode(text: string): text is ErrorCode {
  return text in errorCodes;
}

function problemIn(text: string): Partial<Problem> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {}; // whatever answered is no collector; the status says enough
  }
}
