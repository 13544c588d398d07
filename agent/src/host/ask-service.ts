/**
 * The only place that speaks HTTP with services of this machine: one connection for one question, closed after it, no redirect followed, no more
 * read than is allowed, and nothing said but what service-table.ts has.
 */
import { lstat } from "node:fs/promises";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { getSystemErrorMap } from "node:util";
import { AppError, type Clock, createDeadline, systemErrorCode } from "@nodekeeper/shared";
import { hostError } from "./host-error.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { resolveInside } from "./resolve-inside.ts";
import { type ServiceCall, serviceCall } from "./service-table.ts";
import type { FollowOptions, ServiceAnswer, ServiceOptions, ServiceRequest } from "./services.ts";

/** Asks services. */
export interface ServiceClient {
  /** See Host.ask. */
  ask(request: ServiceRequest, options: ServiceOptions): Promise<ServiceAnswer>;
  /** See Host.follow. */
  follow(request: ServiceRequest, options: FollowOptions): Promise<void>;
}

/** Where sockets lie, and time. */
export interface ServiceClientOptions {
  /** The host's root: "/" or "/host". */
  readonly root: string;
  readonly clock: Clock;
}

/** A client for one host. */
export function createServiceClient({ root, clock }: ServiceClientOptions): ServiceClient {
  return {
    ask: async (request, { timeoutMs, maximumBytes = defaultMaximumBytes, keep = (text) => text, signal }) => {
      const call = serviceCall(request);
      using deadline = createDeadline(clock, timeoutMs, signal, lateError(call, timeoutMs));
      return await withAnswer(call, root, deadline.signal, async (answer) => ({
        status: answer.statusCode ?? 0,
        text: keep(await readWhole(answer, call, maximumBytes)),
      }));
    },
    follow: async (request, { onLine, connectTimeoutMs, signal }) => {
      const call = serviceCall(request);
      const connection = new AbortController();
      const abort = (): void => connection.abort(signal.reason);
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      try {
        const late = createDeadline(clock, connectTimeoutMs, signal, lateError(call, connectTimeoutMs));
        late.signal.addEventListener("abort", () => connection.abort(late.signal.reason), { once: true });
        await withAnswer(call, root, connection.signal, async (answer) => {
          late[Symbol.dispose]();
          if (answer.statusCode !== 200) throw await refusal(answer, call);
          await readLines(answer, call, onLine);
        }).finally(() => late[Symbol.dispose]());
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  };
}

const defaultMaximumBytes = 1024 * 1024;
const maximumLineBytes = 1024 * 1024;
const maximumRefusalBytes = 4 * 1024;

/** Sends the request and hands its answer to `use`; whatever happens, the connection is closed at the end. */
async function withAnswer<Value>(
  call: ServiceCall,
  root: string,
  signal: AbortSignal,
  use: (answer: IncomingMessage) => Promise<Value>,
): Promise<Value> {
  if (signal.aborted) throw AppError.from(signal.reason, "ABORTED");
  if (call.to.kind === "address") {
    return await exchange(call, { host: call.to.address, port: call.to.port, family: 0 }, signal, use);
  }
  for (const path of call.to.paths) {
    const place = await placeOf(root, path);
    if (place === undefined) continue;
    try {
      return await exchange(call, { socketPath: place }, signal, use);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== "HOST_FILE_MISSING") throw thrown;
    }
  }
  throw missingSocket(call, call.to.paths);
}

/** Undefined where nothing is: a look first, since most machines have no such socket, and a request that finds none costs more. */
async function placeOf(root: string, path: string): Promise<string | undefined> {
  try {
    const place = root === "/" ? path : join(root, await resolveInside(root, path)); // the kernel follows links below "/" itself
    await lstat(place);
    return place;
  } catch (thrown) {
    const error = hostError(thrown, "resolve", path);
    if (error.code === "HOST_FILE_MISSING") return undefined;
    throw error;
  }
}

type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number; readonly family: 0 };

async function exchange<Value>(
  call: ServiceCall,
  target: Target,
  signal: AbortSignal,
  use: (answer: IncomingMessage) => Promise<Value>,
): Promise<Value> {
  const { method, path, host, body } = call;
  const headers = {
    host,
    accept: "application/json",
    ...(body !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
  };
  // Without an agent: a connection of its own, which says "Connection: close".
  const sent = httpRequest({ ...target, method, path, headers, agent: false });
  const stop = (): void => void sent.destroy(AppError.from(signal.reason, "ABORTED"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = answerTo(sent);
    if (signal.aborted) stop();
    sent.end(body);
    return await use(await answer);
  } catch (thrown) {
    throw signal.aborted ? AppError.from(signal.reason, "ABORTED") : peerError(thrown, call, target);
  } finally {
    signal.removeEventListener("abort", stop);
    sent.on("error", () => undefined); // whatever comes of closing it, it is over
    sent.destroy();
  }
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once("response", resolve);
    sent.on("error", reject);
  });
}

async function readWhole(answer: IncomingMessage, { what }: ServiceCall, maximumBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let totalBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // no encoding is set: its chunks are bytes
    totalBytes += chunk.length;
    if (totalBytes > maximumBytes) {
      throw new AppError("HOST_OUTPUT_TOO_LARGE", `cannot ${what}: the answer is longer than ${maximumBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function readLines(answer: IncomingMessage, { what }: ServiceCall, onLine: (line: string) => void): Promise<void> {
  const lines = createLineSplitter(maximumLineBytes, (line) => {
    try {
      onLine(line);
    } catch (thrown) {
      throw AppError.from(thrown); // not the service's fault
    }
  });
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // no encoding is set: its chunks are bytes
    if (!lines.push(chunk)) {
      throw new AppError("HOST_OUTPUT_TOO_LARGE", `cannot ${what}: a line is longer than ${maximumLineBytes} bytes`);
    }
  }
  lines.end();
}

/** What a service says in the place of lines; as much as explains it. */
async function refusal(answer: IncomingMessage, { what }: ServiceCall): Promise<AppError> {
  const decoder = new StringDecoder("utf8");
  let text = "";
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // no encoding is set: its chunks are bytes
    text += decoder.write(chunk);
    if (text.length > maximumRefusalBytes) break;
  }
  const words = text.trim().split("\n", 1)[0]?.slice(0, 200) ?? "";
  return new AppError("PEER_REFUSED", `cannot ${what}: it answered ${answer.statusCode}${words === "" ? "" : `: ${words}`}`);
}

function lateError({ what }: ServiceCall, limitMs: number): AppError {
  return new AppError("PEER_UNREACHABLE", `cannot ${what}: no answer within ${limitMs / 1000} s`);
}

function missingSocket({ what }: ServiceCall, paths: readonly string[]): AppError {
  return new AppError("HOST_FILE_MISSING", `cannot ${what}: there is no socket at ${paths.join(", ")}`, {
    context: { errno: "ENOENT" },
  });
}

function peerError(thrown: unknown, call: ServiceCall, target: Target): AppError {
  if (thrown instanceof AppError) return thrown;
  const errno = systemErrorCode(thrown);
  const isSocket = "socketPath" in target;
  const details = { cause: thrown, context: { errno } };
  if (isSocket && (errno === "ENOENT" || errno === "ENOTDIR")) {
    return new AppError("HOST_FILE_MISSING", `cannot ${call.what}: there is no such socket (${errno})`, details);
  }
  if (errno === "EACCES" || errno === "EPERM") {
    return new AppError("HOST_PERMISSION_DENIED", `cannot ${call.what}: permission denied (${errno})`, details);
  }
  return new AppError("PEER_UNREACHABLE", `cannot ${call.what}: ${reasonOf(thrown, errno)}`, details);
}

function reasonOf(thrown: unknown, errno: string | undefined): string {
  if (errno === undefined) return thrown instanceof Error ? thrown.message : String(thrown);
  if (errno === "ECONNREFUSED") return "nobody listens (ECONNREFUSED)";
  if (errno === "ECONNRESET") return "it closed the connection (ECONNRESET)";
  if (errno.startsWith("HPE_")) return `it does not speak HTTP (${errno})`;
  const number = thrown instanceof Error && "errno" in thrown && typeof thrown.errno === "number" ? thrown.errno : 0;
  const words = getSystemErrorMap().get(number)?.[1];
  return words === undefined ? errno : `${words} (${errno})`;
}
