/** Observations with numbers, as a test of the store needs them: many, alike, and told apart by what is said. */
import { create } from "@bufbuild/protobuf";
import { FactsSchema, FailureSchema, type Observation, ObservationSchema, Outcome, UnchangedSchema } from "@nodekeeper/proto";
import type { StoredObservation } from "../store.ts";
import type { SeriesKey } from "../tables/layouts-table.ts";

/** What a reading may say; the rest has defaults. */
export interface ReadingInit {
  readonly sequence: number;
  /** On the collector's clock. */
  readonly atMs: number;
  readonly node?: string;
  readonly probe?: string;
  readonly epoch?: string;
  readonly receivedAtMs?: number;
  readonly intervalMs?: number;
  readonly keys?: readonly SeriesKey[];
  readonly values?: readonly number[];
  /** True: the facts are those that were sent before. */
  readonly isUnchanged?: boolean;
  /** FAILED and ABSENT have neither facts nor values. */
  readonly outcome?: typeof Outcome.OK | typeof Outcome.FAILED | typeof Outcome.ABSENT;
}

/** A gauge and a counter. */
export const temperatureAndReads: readonly SeriesKey[] = [
  { kind: "block_device", id: "nvme-1", name: "temperature_celsius" },
  { kind: "block_device", id: "nvme-1", name: "read_bytes_total" },
];

/** One observation on its way into the store. */
export function reading(init: ReadingInit): StoredObservation {
  const { sequence, atMs, node = "neko", probe = "disks", epoch = "epoch-1", receivedAtMs = atMs + 40 } = init;
  const { intervalMs = 15_000, keys = temperatureAndReads, values = keys.map(() => 0), outcome = Outcome.OK } = init;
  const observation = create(ObservationSchema, {
    ...{ probe, sequence, intervalMs, outcome },
    observedAtUnixMs: BigInt(atMs - 3),
    uptimeMs: BigInt(Math.max(0, atMs % 1_000_000_000)),
    durationMs: 5,
  });
  if (outcome === Outcome.FAILED) observation.failure = create(FailureSchema, { code: "HOST_READ_FAILED", message: "EIO" });
  if (outcome === Outcome.OK) addFacts(observation, keys, values, init.isUnchanged ?? false);
  return { node, epoch, observation, observedAtMs: atMs, receivedAtMs };
}

/** A hash that is equal for equal keys. */
export function hashOfKeys(keys: readonly SeriesKey[]): Uint8Array {
  const hash = new Uint8Array(16);
  for (const [index, byte] of Buffer.from(JSON.stringify(keys)).entries())
    hash[index % 16] = ((hash[index % 16] ?? 0) * 31 + byte) % 256;
  return hash;
}

function addFacts(observation: Observation, keys: readonly SeriesKey[], values: readonly number[], isUnchanged: boolean): void {
  const facts = create(FactsSchema, { sampleKeys: [...keys], lists: [{ kind: "block_device", isComplete: true }] });
  observation.factsHash = hashOfKeys(keys);
  observation.body = isUnchanged ? { case: "unchanged", value: create(UnchangedSchema) } : { case: "full", value: facts };
  observation.sampleValues = [...values];
}
