/** Asks an Open WebUI over HTTP, as an admin of it. The key stands in no message. */
import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as tlsRequest } from "node:https";
import { AppError, createDeadline, isLoopback, systemClock, systemErrorCode } from "@nodekeeper/shared";
import { textOf } from "../connection/text-of.ts";
import { shownUrl } from "./shown-url.ts";

/** How to get there. */
export interface WebUiWay {
  readonly url: URL;
  /** An API key, or the token of a session. */
  readonly key: string;
  /** PEM of the authorities to trust in place of the system's. */
  readonly ca: string | undefined;
}

/** An answer, whatever its status. */
export interface WebUiAnswer {
  readonly status: number;
  readonly text: string;
  /** Where it sends on to. */
  readonly location: string | undefined;
}

/** A connection. */
export interface WebUiConnection {
  /** Where it is, for messages and commands. */
  readonly place: string;
  /** Throws PEER_UNREACHABLE and TLS_UNTRUSTED. Without a body it is a GET, else a POST. */
  ask(path: string, body: unknown, signal: AbortSignal): Promise<WebUiAnswer>;
}

/** For a whole answer: it asks others itself, each for up to ten seconds. */
const timeoutMs = 45_000;
const maximumBytes = 64 * 1024 * 1024;

/** The URL that was typed. Throws CONFIG_INVALID; also where the key would go to another machine in the open. */
export function readWebUiUrl(text: string, isPlainHttpAllowed: boolean): URL {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new AppError(
      "CONFIG_INVALID",
      `expected the URL of Open WebUI such as https://chat.example.org, got "${shownUrl(text)}"`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new AppError(
      "CONFIG_INVALID",
      `the URL of Open WebUI takes no name and no password before ${url.host}: a key is given instead`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, "")) && !isPlainHttpAllowed) {
    const ways = "use https, forward a port to this machine (kubectl port-forward), or say --plain-http";
    throw new AppError("CONFIG_INVALID", `the key of an admin would go to ${url.host} in the open: ${ways}`);
  }
  return url;
}

/** The connection of a way. */
export function connectWebUi(way: WebUiWay, patienceMs: number = timeoutMs): WebUiConnection {
  const place = `${way.url.origin}${way.url.pathname.replace(/\/+$/, "")}`;
  return {
    place,
    async ask(path, body, signal) {
      const late = new AppError("PEER_UNREACHABLE", `${place} gave no whole answer within ${patienceMs / 1000} s`);
      using deadline = createDeadline(systemClock, patienceMs, signal, late);
      try {
        const response = await open(way, place, path, body, deadline.signal);
        const { location } = response.headers;
        return { status: response.statusCode ?? 0, text: await textOf(response, place, maximumBytes), location };
      } catch (thrown) {
        if (signal.aborted) throw new AppError("ABORTED", "aborted", { cause: thrown });
        throw deadline.signal.aborted ? late : explained(thrown, place);
      }
    },
  };
}

function open({ key, ca }: WebUiWay, place: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${key}`,
    ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
  };
  const options: RequestOptions = { method: text === undefined ? "GET" : "POST", headers, signal };
  const url = new URL(place + path);
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === "https:"
        ? tlsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) }, resolve)
        : plainRequest(url, options, resolve);
    sent.on("error", reject);
    sent.end(text);
  });
}

function explained(cause: unknown, place: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = systemErrorCode(cause) ?? "";
  if (/CERT|SIGNED|ISSUER|SIGNATURE|ALTNAME/.test(code)) {
    const advice = "name its authority with --open-webui-ca-file FILE";
    return new AppError("TLS_UNTRUSTED", `the certificate of ${place} is not to be trusted (${code}): ${advice}`, { cause });
  }
  const advice =
    code === "EPROTO" || code.startsWith("HPE_") ? "is it http or https there?" : "is this the right URL, and does it run?";
  return new AppError("PEER_UNREACHABLE", `cannot reach Open WebUI at ${place} (${code || "no answer"}): ${advice}`, { cause });
}
