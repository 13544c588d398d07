/** The answer to a Hello. */
import { create } from "@bufbuild/protobuf";
import {
  type ConnectResponse,
  HeldFactsSchema,
  HelloAckSchema,
  ProbeIntervalSchema,
  SequenceRangeSchema,
  SetIntervalsSchema,
} from "@nodekeeper/proto";
import { version, wireVersion } from "@nodekeeper/shared";
import type { SequenceSpan } from "../store/store.ts";
import type { HeldFactsTable } from "./held-facts.ts";
import type { WantedIntervals } from "./wanted-intervals.ts";
import { response } from "./wire.ts";

/** A report of this size is handled within a few ms, so that no agent holds up the others. Larger ones, up to the limit, are taken too. */
const wantedReportBytes = 1_048_576;

/** HelloAck. */
export function helloAck(
  held: ReturnType<HeldFactsTable["ofNode"]>,
  acknowledged: readonly SequenceSpan[],
  intervals: WantedIntervals,
  nowMs: number,
): ConnectResponse {
  return response({
    case: "helloAck",
    value: create(HelloAckSchema, {
      wireVersion,
      collectorVersion: version,
      held: held.map(({ probe, hash }) => create(HeldFactsSchema, { probe, factsHash: hash })),
      acknowledged: acknowledged.map((span) => create(SequenceRangeSchema, span)),
      intervals: create(SetIntervalsSchema, {
        revision: intervals.revision,
        intervals: [...intervals.byProbe].map(([probe, intervalMs]) => create(ProbeIntervalSchema, { probe, intervalMs })),
      }),
      maximumReportBytes: wantedReportBytes,
      sentAtUnixMs: BigInt(Math.round(nowMs)),
    }),
  });
}
