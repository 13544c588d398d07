/**
 * One connection to the spool's socket, seen from the probing side. Whatever the other end does, it costs a bounded amount of memory and
 * time: requests are answered one after the other, and nothing more is taken from a client that does not take its answers.
 */
import type { Socket } from "node:net";
import { toBinary } from "@bufbuild/protobuf";
import { type SpoolResponse, SpoolResponseSchema } from "@nodekeeper/proto";
import { AppError, type Clock } from "@nodekeeper/shared";
import { FrameParser, socketFrame } from "./socket-frame.ts";

/** What one connection is served with. */
export interface ConnectionOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  /** Answers one request. `interrupt` aborts when the next one has arrived. Throws to close the connection. */
  readonly answer: (request: Buffer, interrupt: AbortSignal, signal: AbortSignal) => Promise<SpoolResponse>;
}

/** Serves a connection until it ends; rejects with the reason when we ended it. */
export async function serveConnection(options: ConnectionOptions): Promise<void> {
  const { socket } = options;
  const ended = new AbortController();
  const inbox = new Inbox(options, (reason) => ended.abort(reason));
  socket.on("data", (chunk) => inbox.push(chunk));
  socket.on("error", () => undefined); // "close" follows
  socket.on("close", () => ended.abort());
  try {
    for (let request = await inbox.next(ended.signal); ; request = await inbox.next(ended.signal)) {
      const response = await options.answer(request, inbox.nextHasArrived(), ended.signal);
      await send(options, response, ended.signal);
    }
  } catch (thrown) {
    const reason: unknown = ended.signal.aborted ? ended.signal.reason : thrown;
    if (reason instanceof AppError && reason.code !== "ABORTED") throw reason;
  } finally {
    inbox.dispose();
    socket.destroy();
  }
}

/** Requests that arrived and wait for their turn. */
class Inbox {
  readonly #options: ConnectionOptions;
  readonly #fail: (reason: AppError) => void;
  readonly #parser = new FrameParser(maximumRequestBytes);
  #requests: readonly Buffer[] = [];
  #arrival = new AbortController();
  #patience: AbortController | undefined;

  constructor(options: ConnectionOptions, fail: (reason: AppError) => void) {
    this.#options = options;
    this.#fail = fail;
  }

  push(chunk: Buffer): void {
    try {
      const complete = this.#parser.push(chunk);
      if (complete.length > 0) this.#requests = [...this.#requests, ...complete];
      if (this.#requests.length >= maximumWaitingRequests) this.#options.socket.pause();
      this.#watchPartial(complete.length > 0);
      if (complete.length > 0) this.#arrival.abort();
    } catch (thrown) {
      this.#fail(AppError.from(thrown, "PROTOCOL_VIOLATION"));
    }
  }

  /** The next request. Rejects when the connection ends. */
  async next(signal: AbortSignal): Promise<Buffer> {
    for (;;) {
      signal.throwIfAborted();
      const [request, ...rest] = this.#requests;
      if (request !== undefined) {
        this.#requests = rest;
        if (rest.length === 0) this.#arrival = new AbortController();
        if (this.#options.socket.isPaused() && rest.length < maximumWaitingRequests) this.#resume();
        return request;
      }
      await untilAborted([this.#arrival.signal, signal]);
    }
  }

  /** Aborts, or has aborted, when another request waits. */
  nextHasArrived(): AbortSignal {
    return this.#arrival.signal;
  }

  dispose(): void {
    this.#patience?.abort();
  }

  #resume(): void {
    this.#options.socket.resume();
    this.#watchPartial(false);
  }

  /** A frame that has begun must end in time, but not while we do not listen. */
  #watchPartial(isNewFrame: boolean): void {
    const mustEnd = this.#parser.hasPartial && !this.#options.socket.isPaused();
    if (isNewFrame || !mustEnd) {
      this.#patience?.abort();
      this.#patience = undefined;
    }
    if (!mustEnd || this.#patience !== undefined) return;
    const patience = new AbortController();
    this.#patience = patience;
    this.#options.clock.sleep(partialFrameMs, patience.signal).then(
      () =>
        this.#fail(new AppError("PROTOCOL_VIOLATION", `a frame on the spool's socket did not end within ${partialFrameMs} ms`)),
      () => undefined, // it ended in time
    );
  }
}

/** Requests are small; a frame above this is no request. */
const maximumRequestBytes = 64 * 1024;
const maximumWaitingRequests = 16;
const partialFrameMs = 10_000;
/** How long a client may let an answer lie. */
const stalledMs = 30_000;

async function send({ socket, clock }: ConnectionOptions, response: SpoolResponse, signal: AbortSignal): Promise<void> {
  if (socket.write(socketFrame(toBinary(SpoolResponseSchema, response)))) return;
  const patience = new AbortController();
  const drained = new AbortController();
  const onDrain = (): void => drained.abort();
  socket.once("drain", onDrain);
  try {
    const isStalled = clock.sleep(stalledMs, patience.signal).then(
      () => true,
      () => false, // no longer of interest
    );
    const isDrained = untilAborted([drained.signal, signal]).then(() => false);
    if (await Promise.race([isStalled, isDrained])) {
      throw new AppError("PROTOCOL_VIOLATION", `the reporter let an answer lie for ${stalledMs} ms`);
    }
  } finally {
    socket.off("drain", onDrain);
    patience.abort();
  }
}

/** Resolves when any of the signals has aborted. */
function untilAborted(signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    if (signals.some((signal) => signal.aborted)) return resolve();
    for (const signal of signals) signal.addEventListener("abort", done, { once: true });
  });
}
