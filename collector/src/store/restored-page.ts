/** The latest observations on their way back from the worker: packed like a CommitBatch. */
import { fromBinary } from "@bufbuild/protobuf";
import { FactsSchema, ObservationSchema } from "@nodekeeper/proto";
import { shareFacts } from "../state/share-facts.ts";
import type { StoredObservation } from "./store.ts";
import type { RestoredRow } from "./tables/latest-table.ts";

/** What is said of an observation beside its bytes. */
interface RestoredHeader {
  readonly node: string;
  readonly epoch: string;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  readonly payloadBytes: number;
  readonly factsBytes: number;
}

/** Some observations as a message. */
export interface RestoredPage {
  readonly headers: readonly RestoredHeader[];
  /** For each its observation without facts, then its facts. Meant to be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the next page begins; undefined after the last. */
  readonly nextAfterId: number | undefined;
}

/** Packs rows; `limit` is how many were asked for. */
export function packRestoredRows(rows: readonly RestoredRow[], limit: number): RestoredPage {
  const bytes = new Uint8Array(rows.reduce((sum, { payload, facts }) => sum + payload.length + (facts?.length ?? 0), 0));
  let position = 0;
  const headers = rows.map(({ node, epoch, observedAtMs, receivedAtMs, payload, facts }) => {
    bytes.set(payload, position);
    if (facts !== undefined) bytes.set(facts, position + payload.length);
    const factsBytes = facts?.length ?? 0;
    position += payload.length + factsBytes;
    return { node, epoch, observedAtMs, receivedAtMs, payloadBytes: payload.length, factsBytes };
  });
  return { headers, bytes, nextAfterId: rows.length < limit ? undefined : rows.at(-1)?.id };
}

/** The observations of a page, with whole facts. */
export function unpackRestoredPage({ headers, bytes }: RestoredPage): readonly StoredObservation[] {
  let position = 0;
  const take = (length: number): Uint8Array => {
    position += length;
    return bytes.subarray(position - length, position);
  };
  return headers.map(({ node, epoch, observedAtMs, receivedAtMs, payloadBytes, factsBytes }) => {
    const observation = fromBinary(ObservationSchema, take(payloadBytes));
    if (factsBytes > 0) observation.body = { case: "full", value: shareFacts(fromBinary(FactsSchema, take(factsBytes))) };
    return { node, epoch, observation, observedAtMs, receivedAtMs };
  });
}
