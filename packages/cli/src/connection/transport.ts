/** Asks a collector over HTTP, by a URL or by a unix socket. */
import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as tlsRequest } from "node:https";
import { AppError, systemErrorCode } from "@nodekeeper/shared";
import { type ApiRequest, type ApiTransport, refusalOf } from "@nodekeeper/shared/api";
import { textOf } from "./text-of.ts";
import type { Way } from "./way.ts";

/** The transport of the CLI. */
export interface CliTransport extends ApiTransport {
  /** Hands the body of an answer over in parts. It may take long until the first one comes. Throws what the collector refuses. */
  download(path: string, take: (part: Buffer) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** No answer of the API but a download is so large. */
const maximumBytes = 256 * 1024 * 1024;

/** Nothing moves while the collector makes what is to be sent, e.g. a copy of a large database on a slow disk, or puts a thousand nodes back. */
const longTimeoutMs = 900_000;

/** What Node's TLS says of a certificate that is not trusted. */
const untrusted: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_SIGNATURE_FAILURE",
]);

/** The transport of a way. `timeoutMs` is how long nothing may move. */
export function createTransport(way: Way, timeoutMs: number): CliTransport {
  const place = way.kind === "socket" ? way.path : way.url.origin;
  return {
    place,
    async send(request, signal) {
      const patienceMs = request.isLong === true ? Math.max(timeoutMs, longTimeoutMs) : timeoutMs;
      const response = await open(way, place, request, patienceMs, signal);
      return { status: response.statusCode ?? 0, text: await textOf(response, place, maximumBytes) };
    },
    async download(path, take, signal) {
      const response = await open(way, place, { method: "GET", path }, Math.max(timeoutMs, longTimeoutMs), signal);
      const status = response.statusCode ?? 0;
      if (status !== 200) throw refusalOf(place, { path }, { status, text: await textOf(response, place, maximumBytes) });
      const expectedBytes = Number(response.headers["content-length"]);
      let bytes = 0;
      try {
        for await (const part of response) {
          bytes += part.length;
          await take(part);
        }
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        throw new AppError("PEER_UNREACHABLE", `${place} broke off after ${bytes} bytes`, { cause });
      }
      if (bytes !== expectedBytes) throw new AppError("PEER_UNREACHABLE", `${place} sent ${bytes} of ${expectedBytes} bytes`);
    },
  };
}

function open(way: Way, place: string, asked: ApiRequest, timeoutMs: number, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, path, body } = asked;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: "application/json",
    ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    ...(way.kind === "url" && way.token !== undefined ? { authorization: `Bearer ${way.token}` } : {}),
  };
  const options: RequestOptions = { method, headers, signal, timeout: timeoutMs };
  return new Promise((resolve, reject) => {
    const sent =
      way.kind === "socket"
        ? plainRequest({ ...options, socketPath: way.path, path, host: "localhost" }, resolve)
        : way.url.protocol === "https:"
          ? tlsRequest(new URL(path, way.url), { ...options, ...(way.ca === undefined ? {} : { ca: way.ca }) }, resolve)
          : plainRequest(new URL(path, way.url), options, resolve);
    sent.on("timeout", () => sent.destroy(new AppError("PEER_UNREACHABLE", timeoutText(way, place, timeoutMs))));
    sent.on("error", (cause) => reject(signal.aborted ? AppError.from(cause) : explain(cause, way, place)));
    sent.end(text);
  });
}

function explain(cause: unknown, way: Way, place: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = systemErrorCode(cause) ?? "";
  if (untrusted.has(code)) {
    const message = `the certificate of ${place} is not to be trusted (${code}): name its authority with --ca-file FILE, as \`nodekeeper authority --pem\` prints it on the collector's machine`;
    return new AppError("TLS_UNTRUSTED", message, { cause });
  }
  if (way.kind === "socket" && (code === "EACCES" || code === "EPERM")) {
    return new AppError(
      "FORBIDDEN",
      `${place} may not be opened: it is for the user who runs the collector, try it as that one or as root`,
    );
  }
  if (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ECONNRESET" || code === "HPE_INVALID_CONSTANT") {
    return new AppError("PEER_UNREACHABLE", `cannot talk to the collector at ${place} (${code}): is it http or https there?`, {
      cause,
    });
  }
  return new AppError("PEER_UNREACHABLE", `${unreachable(place)}: nothing answers there. ${adviceFor(way)}`, { cause });
}

function timeoutText(way: Way, place: string, timeoutMs: number): string {
  return `${unreachable(place)}: no answer within ${timeoutMs / 1000} s. ${adviceFor(way)}`;
}

function unreachable(place: string): string {
  return `cannot reach the collector at ${place}`;
}

function adviceFor(way: Way): string {
  return way.kind === "socket"
    ? "Is it running? Its log says where its admin socket is."
    : "Start one with `npm start`, or name another with --collector URL.";
}
