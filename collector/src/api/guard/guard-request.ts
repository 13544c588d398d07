/**
 * What a request must fulfil before anyone looks at it. Any page that a browser shows can send requests to us, and by DNS rebinding even under
 * its own name and so within its own origin. The Host header gives the latter away, Origin the former. What browsers send without Origin
 * (links, pictures) gets an answer that the same-origin policy keeps from the page.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { AppError } from "@nodekeeper/shared";
import type { OwnNames } from "../doors/door.ts";
import type { Refusal } from "../problem/from-thrown.ts";

/** The part of a request that is looked at. */
export interface GuardedRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** All values of each header. */
  readonly headersDistinct: IncomingMessage["headersDistinct"];
}

/** Methods that the API knows anywhere. */
const knownMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "DELETE"]);

/** Why a request is refused, or undefined. `names` are those of the door by which it came. */
export function guardRequest({ method, headers, headersDistinct }: GuardedRequest, names: OwnNames): Refusal | undefined {
  // RFC 9112, section 3.2: what stands before us may have looked at the other one.
  if ((headersDistinct["host"]?.length ?? 0) > 1)
    return { error: new AppError("REQUEST_INVALID", "the Host header stands twice") };
  const host = headers.host?.toLowerCase() ?? "";
  if (!names.isOwn(host)) return { error: wrongHost(host, names), status: 421 };
  const protocol = headers["x-forwarded-proto"];
  const own = names.originOf(host, typeof protocol === "string" ? protocol.toLowerCase() : undefined);
  if (headers.origin !== undefined && headers.origin.toLowerCase() !== own) {
    return {
      error: new AppError("ORIGIN_REFUSED", `pages of ${quote(headers.origin)} may not use this API: only its own pages may`),
    };
  }
  if (!knownMethods.has(method ?? "")) {
    return { error: new AppError("METHOD_NOT_ALLOWED", `${method ?? "the method"} is not known to this API`) };
  }
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody && method !== "POST") {
    return { error: new AppError("PROTOCOL_TOO_LARGE", `a ${method} request to this API has no body`) };
  }
  return undefined;
}

function wrongHost(host: string, names: OwnNames): AppError {
  const advice = "When it is reached through a forwarded port, forward the same port number; for another name see --public-name.";
  return new AppError(
    "ORIGIN_REFUSED",
    `the Host header is ${quote(host)}, and the collector is called ${names.told} only. ${advice}`,
  );
}

/** What was sent is repeated, but never at length. */
function quote(text: string): string {
  return `"${text.length <= 128 ? text : `${text.slice(0, 128)}…`}"`;
}
