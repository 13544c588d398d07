/** An observation as the spool keeps it: encoded, with its facts beside it, so that equal facts are kept once. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Facts, FactsSchema, type Observation, ObservationSchema, UnchangedSchema } from "@nodekeeper/proto";
import type { Range } from "./range-set.ts";
import type { NewObservation } from "./spool.ts";

/** Facts that any number of entries share. */
export interface SharedFacts {
  readonly bytes: Uint8Array;
  /** Decoded, once somebody needed it. */
  decoded: Facts | undefined;
}

/** One observation in the spool. */
export interface Entry {
  readonly sequence: number;
  readonly probe: string;
  readonly bootId: string;
  readonly observedAtMs: number;
  readonly uptimeMs: number;
  /** Facts hash in hex; empty when there are no facts. */
  readonly hash: string;
  /** The Observation, saying Unchanged where there are facts. */
  readonly bytes: Uint8Array;
  readonly facts: SharedFacts | undefined;
}

/** What an entry costs in memory besides its bytes; measured with V8's heap statistics, rounded up. */
export const entryOverheadBytes = 400;

/** Makes the entry of an observation whose facts, where it has any, are whole. `known` shares facts with entries before it. */
export function entryOf(
  observation: NewObservation,
  sequence: number,
  bootId: string,
  known: (probe: string, hash: string) => SharedFacts | undefined,
): Entry {
  const { body, ...rest } = observation;
  const hash = Buffer.from(observation.factsHash).toString("hex");
  const full = body.case === "full" ? body.value : undefined;
  const hasFacts = body.case !== undefined;
  const unchanged = { case: "unchanged", value: create(UnchangedSchema) } as const;
  const bytes = toBinary(
    ObservationSchema,
    create(ObservationSchema, { ...rest, sequence, body: hasFacts ? unchanged : { case: undefined } }),
  );
  const shared = hasFacts ? known(observation.probe, hash) : undefined;
  return {
    sequence,
    probe: observation.probe,
    bootId,
    observedAtMs: Number(observation.observedAtUnixMs),
    uptimeMs: Number(observation.uptimeMs),
    hash,
    bytes,
    facts: shared ?? (full === undefined ? undefined : { bytes: toBinary(FactsSchema, full), decoded: undefined }),
  };
}

/** The observation of an entry, with whole facts. */
export function observationOf(entry: Entry, currentBootId: string): Observation {
  const observation = fromBinary(ObservationSchema, entry.bytes);
  observation.isFromEarlierBoot = entry.bootId !== currentBootId;
  if (entry.facts !== undefined) {
    entry.facts.decoded ??= fromBinary(FactsSchema, entry.facts.bytes);
    observation.body = { case: "full", value: entry.facts.decoded };
  }
  return observation;
}

/** Bytes of an entry's observation on the wire with whole facts, its own frame included, rounded up. */
export function fullSizeOf(entry: Entry): number {
  return entry.bytes.length + (entry.facts?.bytes.length ?? 0) + framingBytes;
}

/** The range of just this entry. */
export function spanOf({ sequence }: Pick<Entry, "sequence">): Range {
  return { first: sequence, last: sequence };
}

/** Tags and lengths of the observation in its batch, and of the facts in the observation. */
const framingBytes = 16;
