/** The reading end of a spool in another process, over its socket. */
import { connect, type Socket } from "node:net";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { GoodbyeReason, SpoolRequestSchema, type SpoolResponse, SpoolResponseSchema } from "@nodekeeper/proto";
import {
  AppError,
  backoffDelayMs,
  type Clock,
  createDeadline,
  type ErrorCode,
  errorCodes,
  type Logger,
} from "@nodekeeper/shared";
import { FrameParser, socketFrame } from "./socket-frame.ts";
import type { SpoolReader } from "./spool.ts";

/** How to reach the probing process. */
export interface SocketReaderOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

/** A reader that closes its connection on dispose. */
export interface SocketReader extends SpoolReader, AsyncDisposable {}

/**
 * A reader over the socket. `describe` connects, again and again if it must; everything else fails with PEER_UNREACHABLE when the connection
 * is gone: what was read before is then not known to the other side any more, and the caller has to begin anew.
 */
export function createSocketReader(options: SocketReaderOptions): SocketReader {
  const { clock, logger, path, random } = options;
  let connection: Connection | undefined;

  function current(): Connection {
    if (connection === undefined || connection.isClosed) throw unreachable(path);
    return connection;
  }

  async function connectWithPatience(signal: AbortSignal): Promise<Connection> {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      if (connection !== undefined && !connection.isClosed) return connection;
      try {
        connection = await Connection.open(path, clock);
        if (attempt > 1) logger.info({ path }, "the probing process answers");
        return connection;
      } catch (thrown) {
        if (attempt === 1) logger.warn({ path, reason: AppError.from(thrown).message }, "waiting for the probing process");
        await clock.sleep(backoffDelayMs(backoff, attempt, random), signal);
      }
    }
  }

  return {
    async describe(signal) {
      const response = await (await connectWithPatience(signal)).ask({ case: "describe", value: {} }, 0, signal);
      return expectCase(response, "describe");
    },
    async read({ isRestart, maximumBytes, waitMs, interrupt, signal }) {
      const here = current();
      const waiting = here.ask({ case: "read", value: { isRestart, maximumBytes, waitMs } }, waitMs, signal);
      // The other side ends its waiting when anything else is asked.
      const end = (): void => void here.ask({ case: "ack", value: { ranges: [] } }, waitMs, signal).catch(() => undefined);
      interrupt?.addEventListener("abort", end, { once: true });
      if (interrupt?.aborted === true) end();
      try {
        const { observations, losses, sentAtUnixMs, sentUptimeMs, leaving } = expectCase(await waiting, "read");
        const batch = { observations, losses, sentAtMs: Number(sentAtUnixMs), sentUptimeMs: Number(sentUptimeMs) };
        return leaving === GoodbyeReason.UNSPECIFIED ? batch : { ...batch, leaving };
      } finally {
        interrupt?.removeEventListener("abort", end);
      }
    },
    async acknowledge(ranges) {
      expectCase(await current().ask({ case: "ack", value: { ranges: [...ranges] } }, 0), "done");
    },
    async setIntervals(intervals) {
      expectCase(await current().ask({ case: "setIntervals", value: intervals }, 0), "done");
    },
    async probeNow(probes) {
      expectCase(await current().ask({ case: "probeNow", value: { probes: [...probes] } }, 0), "done");
    },
    async watchPeers(ids) {
      expectCase(await current().ask({ case: "watchPeers", value: { peerIds: [...ids] } }, 0), "done");
    },
    async stopReason(signal) {
      const request = { case: "leaving", value: { isStopping: true, waitMs: 0 } } as const;
      return expectCase(await current().ask(request, 0, signal), "leaving").reason;
    },
    async departed(signal) {
      const request = { case: "leaving", value: { isStopping: false, waitMs: departedWaitMs } } as const;
      for (;;) {
        const { reason } = expectCase(await current().ask(request, departedWaitMs, signal), "leaving");
        if (reason === GoodbyeReason.UNSPECIFIED) return;
      }
    },
    async [Symbol.asyncDispose]() {
      connection?.close(unreachable(path));
    },
  };
}

/** How long one question for the machine's staying may wait. */
const departedWaitMs = 30_000;
const backoff = { baseMs: 200, maximumMs: 10_000 };
/** Above the answers to waiting; the probing side answers everything else at once. */
const answerMs = 15_000;
/** A batch of 4 MiB, or one observation that is larger than what was asked for. */
const maximumResponseBytes = 16 * 1024 * 1024;
const never = new AbortController().signal;

type Request = NonNullable<MessageInitShape<typeof SpoolRequestSchema>["request"]>;

interface Pending {
  readonly resolve: (response: SpoolResponse) => void;
  readonly reject: (reason: unknown) => void;
}

/** One connection: requests are answered in order. */
class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #parser = new FrameParser(maximumResponseBytes);
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed: unknown;

  private constructor(socket: Socket, clock: Clock, path: string) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.close(unreachable(path)));
  }

  static open(path: string, clock: Clock): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const fail = (cause: Error): void => reject(unreachable(path, cause));
      socket.once("error", fail);
      socket.once("connect", () => {
        socket.off("error", fail);
        resolve(new Connection(socket, clock, path));
      });
    });
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  close(reason: unknown): void {
    this.#closed ??= reason;
    this.#socket.destroy();
    for (const pending of this.#pending.values()) pending.reject(reason);
    this.#pending.clear();
  }

  /** Asks, and waits for the answer. Giving up closes the connection: nobody knows then what the other side has given. */
  async ask(request: Request, waitMs: number, signal: AbortSignal = never): Promise<SpoolResponse> {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const id = this.#nextId;
    this.#nextId = (this.#nextId % 0xffff_ffff) + 1;
    const late = new AppError("PEER_UNREACHABLE", `the probing process did not answer within ${waitMs + answerMs} ms`);
    using deadline = createDeadline(this.#clock, waitMs + answerMs, signal, late);
    const giveUp = (): void => this.close(deadline.signal.reason);
    deadline.signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await new Promise<SpoolResponse>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#socket.write(socketFrame(toBinary(SpoolRequestSchema, create(SpoolRequestSchema, { id, request }))));
      });
    } finally {
      deadline.signal.removeEventListener("abort", giveUp);
    }
  }

  #receive(chunk: Buffer): void {
    try {
      for (const bytes of this.#parser.push(chunk)) {
        const response = fromBinary(SpoolResponseSchema, bytes);
        this.#pending.get(response.id)?.resolve(response);
        this.#pending.delete(response.id);
      }
    } catch (thrown) {
      this.close(AppError.from(thrown, "PROTOCOL_VIOLATION"));
    }
  }
}

type Answers = { readonly [Answer in SpoolResponse["response"] as Answer["case"] & string]: Answer["value"] };

function expectCase<Case extends keyof Answers>({ response }: SpoolResponse, expected: Case): Answers[Case] {
  // The case has been compared, which TypeScript does not carry over to a type parameter.
  if (response.case === expected) return response.value as Answers[Case];
  if (response.case === "failure") throw new AppError(codeOf(response.value.code), response.value.message);
  throw new AppError(
    "PROTOCOL_VIOLATION",
    `the probing process answered ${String(response.case)} where ${expected} was expected`,
  );
}

function codeOf(text: string): ErrorCode {
  return text in errorCodes ? (text as ErrorCode) : "INTERNAL"; // just checked
}

function unreachable(path: string, cause?: Error): AppError {
  const why = cause === undefined ? "the connection is gone" : cause.message;
  return new AppError("PEER_UNREACHABLE", `the probing process does not answer on ${path}: ${why}`, { cause });
}
