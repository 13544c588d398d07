/**
 * What a request must fulfil before anyone looks at it. Any page that a browser on this machine shows can send requests to loopback, and
 * by DNS rebinding even under its own name and so within its own origin. The Host header gives the latter away, Origin the former. What
 * browsers send without Origin (links, pictures) gets an answer that the same-origin policy keeps from the page.
 */
import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@nodekeeper/shared";
import type { Refusal } from "../problem/from-thrown.ts";

/** Methods that the API knows. */
export const allowedMethods = "GET, HEAD";

/** The part of a request that is looked at. */
export interface GuardedRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is refused, or undefined. `authorities` are the values of Host under which the collector is called. */
export function guardRequest({ method, headers }: GuardedRequest, authorities: ReadonlySet<string>): Refusal | undefined {
  const host = headers.host?.toLowerCase() ?? "";
  if (!authorities.has(host)) return { error: wrongHost(host, authorities), status: 421 };
  if (headers.origin !== undefined && headers.origin.toLowerCase() !== `http://${host}`) {
    return {
      error: new AppError("ORIGIN_REFUSED", `pages of ${quote(headers.origin)} may not use this API: only its own pages may`),
    };
  }
  if (method !== "GET" && method !== "HEAD") {
    return {
      error: new AppError(
        "METHOD_NOT_ALLOWED",
        `${method ?? "the method"} is not allowed; the API is read with ${allowedMethods}`,
      ),
    };
  }
  if (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0) {
    return { error: new AppError("PROTOCOL_TOO_LARGE", "requests to this API have no body") };
  }
  return undefined;
}

function wrongHost(host: string, authorities: ReadonlySet<string>): AppError {
  const known = [...authorities].join(", ");
  const advice = "When it is reached through a forwarded port, forward the same port number.";
  return new AppError(
    "ORIGIN_REFUSED",
    `the Host header is ${quote(host)}, and the collector is called ${known} only. ${advice}`,
  );
}

/** What was sent is repeated, but never at length. */
function quote(text: string): string {
  return `"${text.length <= 128 ? text : `${text.slice(0, 128)}…`}"`;
}
