/** What the probing side does with a request from the socket. The request is hostile until it is checked. */
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  DescribeResponseSchema,
  DoneSchema,
  GoodbyeReason,
  LeavingResponseSchema,
  ReadResponseSchema,
  type SequenceRange,
  type SpoolRequest,
  SpoolRequestSchema,
  type SpoolResponse,
  SpoolResponseSchema,
} from "@nodekeeper/proto";
import { AppError, type Clock, createDeadline, problemOfWatchedPeers } from "@nodekeeper/shared";
import type { SpoolReader } from "./spool.ts";

/** What a request may do. */
export interface RequestContext {
  readonly reader: SpoolReader;
  readonly clock: Clock;
  /** Aborts when the next request has arrived: who asks for something else does not want to wait. */
  readonly interrupt: AbortSignal;
  /** Aborts when the connection ends. */
  readonly signal: AbortSignal;
  /** Makes this connection the one that reads, or throws when another one does. */
  readonly claim: (isRestart: boolean) => void;
}

/** Reads a request. Throws PROTOCOL_VIOLATION when it is not one, or has a value that no reporter sends. */
export function parseRequest(bytes: Buffer): SpoolRequest {
  let request: SpoolRequest;
  try {
    request = fromBinary(SpoolRequestSchema, bytes, { readUnknownFields: false });
  } catch (thrown) {
    throw new AppError("PROTOCOL_VIOLATION", "a message on the spool's socket is not a request", { cause: thrown });
  }
  const problem = problemOf(request);
  if (problem !== undefined) throw new AppError("PROTOCOL_VIOLATION", `a request on the spool's socket is refused: ${problem}`);
  return request;
}

/** Does what is asked; what the reader throws becomes the answer. */
export async function answerRequest(request: SpoolRequest, context: RequestContext): Promise<SpoolResponse> {
  const { id } = request;
  try {
    return create(SpoolResponseSchema, { id, response: await answer(request, context) });
  } catch (thrown) {
    const { code, message } = AppError.from(thrown);
    return create(SpoolResponseSchema, { id, response: { case: "failure", value: { code, message } } });
  }
}

async function answer({ request }: SpoolRequest, context: RequestContext): Promise<SpoolResponse["response"]> {
  const { reader, signal, interrupt } = context;
  switch (request.case) {
    case "describe": {
      const { probes, ...description } = await reader.describe(signal);
      return { case: "describe", value: create(DescribeResponseSchema, { ...description, probes: [...probes] }) };
    }
    case "read": {
      const { isRestart, maximumBytes, waitMs } = request.value;
      context.claim(isRestart);
      const batch = await reader.read({ isRestart, maximumBytes, waitMs, interrupt, signal });
      return { case: "read", value: readResponse(batch) };
    }
    case "ack":
      await reader.acknowledge(request.value.ranges);
      return done;
    case "setIntervals":
      await reader.setIntervals(request.value);
      return done;
    case "probeNow":
      await reader.probeNow(request.value.probes);
      return done;
    case "watchPeers":
      await reader.watchPeers(request.value.peerIds);
      return done;
    case "leaving": {
      const { isStopping, waitMs } = request.value;
      const reason = isStopping ? await reader.stopReason(signal) : await departed(context, waitMs);
      return { case: "leaving", value: create(LeavingResponseSchema, { reason }) };
    }
    default:
      throw new AppError("PROTOCOL_VIOLATION", "a request of an unknown kind"); // parseRequest lets none through
  }
}

/** Waits as long as the reporter likes for the machine to stay after all, or to be back. */
async function departed({ reader, clock, interrupt, signal }: RequestContext, waitMs: number): Promise<GoodbyeReason> {
  const late = new AppError("ABORTED", "the machine is still about to go");
  using deadline = createDeadline(clock, waitMs, signal, late);
  const over = AbortSignal.any([deadline.signal, interrupt]); // none of them outlives this request by long
  try {
    await reader.departed(over);
    return GoodbyeReason.UNSPECIFIED;
  } catch (thrown) {
    if (!over.aborted) throw thrown;
    return GoodbyeReason.STOPPED; // any that is one: it is not over
  }
}

function readResponse(batch: Awaited<ReturnType<SpoolReader["read"]>>): ReturnType<typeof create<typeof ReadResponseSchema>> {
  return create(ReadResponseSchema, {
    observations: [...batch.observations],
    losses: [...batch.losses],
    sentAtUnixMs: BigInt(Math.round(batch.sentAtMs)),
    sentUptimeMs: BigInt(Math.round(batch.sentUptimeMs)),
    leaving: batch.leaving ?? GoodbyeReason.UNSPECIFIED,
  });
}

const done = { case: "done", value: create(DoneSchema) } as const;

const readBounds = { minimumBytes: 1024, maximumBytes: 4 * 1024 * 1024, maximumWaitMs: 60_000 };

function problemOf({ request }: SpoolRequest): string | undefined {
  switch (request.case) {
    case undefined:
      return "its kind is not known";
    case "read": {
      const { maximumBytes, waitMs } = request.value;
      const { minimumBytes, maximumBytes: limit, maximumWaitMs } = readBounds;
      if (maximumBytes < minimumBytes || maximumBytes > limit)
        return `maximum_bytes is ${maximumBytes}, not ${minimumBytes} to ${limit}`;
      return waitMs > maximumWaitMs ? `wait_ms is ${waitMs}, above ${maximumWaitMs}` : undefined;
    }
    case "ack":
      return request.value.ranges.some(isImpossible) ? "a range is empty or begins at 0" : undefined;
    case "leaving": {
      const { waitMs } = request.value;
      return waitMs > readBounds.maximumWaitMs ? `wait_ms is ${waitMs}, above ${readBounds.maximumWaitMs}` : undefined;
    }
    case "watchPeers":
      return problemOfWatchedPeers(request.value.peerIds);
    default:
      return undefined;
  }
}

function isImpossible({ first, last }: SequenceRange): boolean {
  return first === 0 || first > last;
}
