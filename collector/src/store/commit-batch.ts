/**
 * Observations on their way to the worker: for each a small flat header, which is cloned, and its protobuf bytes one after another in one
 * buffer, which is handed over without copying. Facts travel as bytes of their own, since they are stored apart.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { FactsSchema, type Observation, ObservationSchema, Outcome } from "@nodekeeper/proto";
import type { RememberedInventory } from "../state/restore.ts";
import type { NewChange, StoredObservation, StoredStock } from "./store.ts";
import type { InventoryRow } from "./tables/inventories-table.ts";

/** What the worker must know of an observation without decoding it. */
export interface CommitHeader {
  readonly node: string;
  readonly epoch: string;
  readonly probe: string;
  readonly sequence: number;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
  readonly intervalMs: number;
  readonly isOk: boolean;
  /** Hex; empty when the observation has no facts. */
  readonly factsHash: string;
  /** Length of the observation without its facts. */
  readonly payloadBytes: number;
  /** Length of its facts, which follow it; 0 when they are not sent along. */
  readonly factsBytes: number;
  /** Set where it changed what is remembered of equipment. */
  readonly stock?: PackedStock;
}

/** What is remembered of equipment, as it is written. */
export interface PackedStock {
  readonly inventories: readonly InventoryRow[];
  readonly changes: readonly NewChange[];
}

/** A batch as a message. */
export interface CommitBatch {
  readonly headers: readonly CommitHeader[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An observation in the worker. The bytes are views on the batch. */
export interface CommitEntry extends CommitHeader {
  readonly payload: Uint8Array;
  /** Undefined when they were not sent along. */
  readonly facts: Uint8Array | undefined;
}

/** Encodes a batch; its buffer is meant to be transferred. */
export function encodeCommitBatch(observations: readonly StoredObservation[]): CommitBatch {
  const parts: Uint8Array[] = [];
  const latest = latestInventories(observations);
  let length = 0;
  const headers = observations.map((stored) => {
    const { observation } = stored;
    const payload = toBinary(ObservationSchema, withoutBody(observation));
    const facts = factsOf(observation);
    parts.push(payload);
    if (facts !== undefined) parts.push(facts);
    length += payload.length + (facts?.length ?? 0);
    return {
      node: stored.node,
      epoch: stored.epoch,
      probe: observation.probe,
      sequence: observation.sequence,
      // Nothing is observed after it was received; history relies on it.
      observedAtMs: Math.round(Math.min(stored.observedAtMs, stored.receivedAtMs)),
      receivedAtMs: Math.round(stored.receivedAtMs),
      intervalMs: observation.intervalMs,
      isOk: observation.outcome === Outcome.OK,
      factsHash: Buffer.from(observation.factsHash).toString("hex"),
      payloadBytes: payload.length,
      factsBytes: facts?.length ?? 0,
      ...(stored.stock === undefined ? {} : { stock: packStock(stored.stock, latest) }),
    };
  });
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return { headers, bytes };
}

/** The observations of a batch. */
export function decodeCommitBatch(batch: CommitBatch): readonly CommitEntry[] {
  let position = 0;
  return batch.headers.map((header) => {
    const payload = batch.bytes.subarray(position, position + header.payloadBytes);
    position += header.payloadBytes;
    const facts = header.factsBytes === 0 ? undefined : batch.bytes.subarray(position, position + header.factsBytes);
    position += header.factsBytes;
    return { ...header, payload, facts };
  });
}

/** As it is written. */
export function packedStock({ inventories, changes }: StoredStock): PackedStock {
  return { inventories: inventories.map(({ node, inventory }) => ({ node, body: JSON.stringify(inventory) })), changes };
}

/** Of each node the last one: a batch is one transaction, and the first look at a node makes one with each of its probes. */
function latestInventories(observations: readonly StoredObservation[]): ReadonlyMap<string, RememberedInventory> {
  const all = observations.flatMap(({ stock }) => stock?.inventories ?? []);
  return new Map(all.map((remembered) => [remembered.node, remembered]));
}

function packStock({ inventories, changes }: StoredStock, latest: ReadonlyMap<string, RememberedInventory>): PackedStock {
  return packedStock({ inventories: inventories.filter((remembered) => latest.get(remembered.node) === remembered), changes });
}

function withoutBody(observation: Observation): Observation {
  return observation.body.case === undefined
    ? observation
    : create(ObservationSchema, { ...observation, body: { case: undefined } });
}

/** The facts that are sent along; undefined when there are none. */
function factsOf({ body, factsHash }: Observation): Uint8Array | undefined {
  return body.case === "full" && factsHash.length > 0 ? toBinary(FactsSchema, body.value) : undefined;
}
