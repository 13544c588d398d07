/** Puts observations on the stream: shortened where the collector holds their facts, watched until they are acknowledged, and never too large. */
import { create, toBinary } from "@bufbuild/protobuf";
import { type Observation, ObservationSchema, ReportSchema, SequenceRangeSchema } from "@nodekeeper/proto";
import type { Clock, Logger } from "@nodekeeper/shared";
import type { SpoolBatch, SpoolReader } from "../spool/spool.ts";
import type { CollectorStream } from "./collector-stream.ts";
import type { HeldByCollector } from "./held-facts.ts";
import type { InFlight } from "./in-flight.ts";

/** What it works with. */
export interface OutboxOptions {
  readonly stream: CollectorStream;
  readonly spool: SpoolReader;
  readonly held: HeldByCollector;
  readonly inFlight: InFlight;
  /** No observation that is larger is sent. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An observation was dropped, since no collector would take it. */
  readonly onGivenUp: () => void;
}

/** See above. */
export interface Outbox {
  /** Sends what was read. */
  send(batch: SpoolBatch, signal: AbortSignal): Promise<void>;
  /** Sends what the collector wants again, in reports of their size, with the clocks of a batch. */
  sendAgain(observations: readonly Observation[], clocks: SpoolBatch, signal: AbortSignal): Promise<void>;
}

/** One report; small, so that the newest state is not behind much history. */
export const wantedReportBytes: number = 64 * 1024;

/** An outbox for one stream. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { stream, spool, held, inFlight, limitBytes, clock, logger, onGivenUp } = options;

  async function send({ observations, losses, sentAtMs, sentUptimeMs }: SpoolBatch, signal: AbortSignal): Promise<void> {
    const nowMs = clock.monotonicMs();
    const fitting: Observation[] = [];
    for (const observation of observations) {
      const short = held.shorten(observation, nowMs);
      const bytes = toBinary(ObservationSchema, short).length;
      if (bytes > limitBytes) {
        await giveUp(observation, bytes);
        continue;
      }
      inFlight.add({ observation, isWhole: short === observation, bytes, sentAtMs: nowMs });
      fitting.push(short);
    }
    const clocks = { sentAtUnixMs: BigInt(Math.round(sentAtMs)), sentUptimeMs: BigInt(Math.round(sentUptimeMs)) };
    const value = create(ReportSchema, { observations: fitting, losses: [...losses], ...clocks });
    await stream.send({ case: "report", value }, signal);
  }

  /** It would end every stream that it is sent on. */
  async function giveUp({ probe, sequence }: Observation, bytes: number): Promise<void> {
    logger.error({ probe, sequence, bytes, limitBytes }, "an observation is larger than the collector takes, it is dropped");
    await spool.acknowledge([create(SequenceRangeSchema, { first: sequence, last: sequence })]);
    onGivenUp();
  }

  return {
    send,
    async sendAgain(observations, clocks, signal) {
      for (const chunk of chunksOf(observations, Math.min(wantedReportBytes, limitBytes))) {
        await send({ ...clocks, observations: chunk, losses: [] }, signal);
      }
    },
  };
}

/** Parts that fit a report, with whole facts. */
function* chunksOf(observations: readonly Observation[], maximumBytes: number): Generator<readonly Observation[]> {
  let chunk: Observation[] = [];
  let bytes = 0;
  for (const observation of observations) {
    const size = toBinary(ObservationSchema, observation).length;
    if (chunk.length > 0 && bytes + size > maximumBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(observation);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
