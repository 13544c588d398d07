/** Anything that fastify or a handler throws, as an AppError with the status that HTTP has for it. */
import { AppError, type ErrorCode, systemErrorCode } from "@nodekeeper/shared";

/** An error and, where HTTP has a finer word than its code, the status. */
export interface Refusal {
  readonly error: AppError;
  readonly status?: number;
}

/** Errors of fastify and Node that are not the collector's fault. */
const known: Readonly<Record<string, { readonly code: ErrorCode; readonly status: number; readonly message: string }>> = {
  FST_ERR_BAD_URL: { code: "REQUEST_INVALID", status: 400, message: "the URL's path is not validly percent-encoded" },
  FST_ERR_INVALID_URL: { code: "REQUEST_INVALID", status: 400, message: "the URL is not valid" },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: "PROTOCOL_TOO_LARGE",
    status: 413,
    message: "the request's body is larger than the API takes",
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "REQUEST_INVALID",
    status: 415,
    message: "a body must be JSON: send it with content-type: application/json",
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: "REQUEST_INVALID", status: 400, message: "the body is not valid JSON" },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: "REQUEST_INVALID",
    status: 400,
    message: "the body is empty, though it is said to be JSON",
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "REQUEST_INVALID",
    status: 400,
    message: "the body is not as long as content-length says",
  },
  FST_ERR_HANDLER_TIMEOUT: { code: "OVERLOADED", status: 503, message: "the answer took too long to make; try again" },
  HPE_HEADER_OVERFLOW: { code: "PROTOCOL_TOO_LARGE", status: 431, message: "the request's headers are larger than 16 KiB" },
  ERR_HTTP_REQUEST_TIMEOUT: { code: "REQUEST_INVALID", status: 408, message: "the request did not arrive in time" },
};

/** Reads a thrown thing. What is not known is INTERNAL. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof AppError) return { error: thrown };
  const entry = known[systemErrorCode(thrown) ?? ""];
  if (entry !== undefined) return { error: new AppError(entry.code, entry.message, { cause: thrown }), status: entry.status };
  const status = clientStatusOf(thrown);
  if (status === undefined) return { error: AppError.from(thrown) };
  const isAboutFile = status === 403 || status === 404; // 403: a path that would lead out of the served folder
  if (isAboutFile) return { error: new AppError("NOT_FOUND", "there is no such file", { cause: thrown }) };
  return { error: AppError.from(thrown, "REQUEST_INVALID"), status };
}

/** The 4xx status that a library gave its error; undefined for all others. */
function clientStatusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !("statusCode" in thrown)) return undefined;
  const status = thrown.statusCode;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
