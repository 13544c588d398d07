/** Which HTTP status an error has, and how its kind of problem is called. The only place that knows. */
import { type ErrorCode, type ErrorKind, errorCodes } from "@nodekeeper/shared";

/** Status and title of a problem. */
export interface ProblemKind {
  readonly status: number;
  /** Names the kind of problem, the same for each occurrence (RFC 9457, section 3.1.3). */
  readonly title: string;
}

/** Codes that the API itself raises. */
const byCode: { readonly [Code in ErrorCode]?: ProblemKind } = {
  REQUEST_INVALID: { status: 400, title: "The request is not valid" },
  IDENTITY_MISSING: { status: 401, title: "Who asks must be known" },
  IDENTITY_REFUSED: { status: 401, title: "The proof of who asks is refused" },
  IDENTITY_EXPIRED: { status: 401, title: "The proof of who asks is past its time" },
  FORBIDDEN: { status: 403, title: "This is not allowed to who asks" },
  ORIGIN_REFUSED: { status: 403, title: "The request comes from elsewhere" },
  NOT_FOUND: { status: 404, title: "There is no such thing" },
  METHOD_NOT_ALLOWED: { status: 405, title: "The method is not allowed" },
  CONFLICT: { status: 409, title: "It cannot be done as things are" },
  PROTOCOL_TOO_LARGE: { status: 413, title: "The request is too large" },
  UPGRADE_REQUIRED: { status: 426, title: "This address speaks WebSocket" },
  RATE_LIMITED: { status: 429, title: "Too many requests" },
  IDENTITY_UNVERIFIABLE: { status: 503, title: "Who asks cannot be verified now" },
  STORE_FAILED: { status: 503, title: "The database cannot be read now" },
  STORE_FULL: { status: 503, title: "The disk under the database is full" },
  OVERLOADED: { status: 503, title: "The collector serves as many clients as it may" },
  NOT_READY: { status: 503, title: "The collector is not ready" },
};

/** Everything else, by whose fault it is. */
const byKind: { readonly [Kind in ErrorKind]: ProblemKind } = {
  config: { status: 500, title: "The collector is not configured well" },
  host: { status: 503, title: "The collector's host could not answer" },
  peer: { status: 502, title: "Another service could not answer" },
  protocol: { status: 400, title: "The request is not valid" },
  identity: { status: 403, title: "This is not allowed to who asks" },
  internal: { status: 500, title: "The collector made a mistake" },
};

/** Status and title for a code. */
export function problemKindOf(code: ErrorCode): ProblemKind {
  return byCode[code] ?? byKind[errorCodes[code].kind];
}
