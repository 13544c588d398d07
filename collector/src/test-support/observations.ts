/** Observations for tests, as agents make them. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  FactsSchema,
  type Observation,
  ObservationSchema,
  Outcome,
  type SampleKeySchema,
  type SubjectListSchema,
  type SubjectSchema,
} from "@nodekeeper/proto";

/** A hash that is as good as any other. */
export function factsHash(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.padEnd(16, ".").slice(0, 16)));
}

/** What the facts of a test are. */
export interface FactsInit {
  readonly subjects?: readonly MessageInitShape<typeof SubjectSchema>[];
  readonly lists?: readonly MessageInitShape<typeof SubjectListSchema>[];
  readonly sampleKeys?: readonly MessageInitShape<typeof SampleKeySchema>[];
}

/** An observation that is ok and carries facts. */
export function observation(facts: FactsInit, overrides: MessageInitShape<typeof ObservationSchema> = {}): Observation {
  return create(ObservationSchema, {
    probe: "disks",
    sequence: 1,
    observedAtUnixMs: 1_800_000_000_000n,
    uptimeMs: 100_000n,
    intervalMs: 60_000,
    durationMs: 5,
    outcome: Outcome.OK,
    factsHash: factsHash("facts"),
    body: {
      case: "full",
      value: create(FactsSchema, {
        subjects: [...(facts.subjects ?? [])],
        lists: [...(facts.lists ?? [])],
        sampleKeys: [...(facts.sampleKeys ?? [])],
      }),
    },
    ...overrides,
  });
}

/** A whole disk that was read. */
export function disk(id: string): MessageInitShape<typeof SubjectSchema> {
  return {
    kind: "block_device",
    id,
    outcome: Outcome.OK,
    value: { case: "blockDevice", value: { name: id, sizeBytes: 1_000_000_000n } },
  };
}

/** A list that says whether it is whole. */
export function list(kind: string, isComplete: boolean): MessageInitShape<typeof SubjectListSchema> {
  return isComplete
    ? { kind, isComplete }
    : { kind, isComplete, failure: { code: "HOST_READ_FAILED", message: "one could not be read" } };
}
