/** Observations as the scheduler makes them, for tests of what comes after it. */
import { createHash } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { FactsSchema, ObservationSchema, Outcome, SubjectSchema } from "@nodekeeper/proto";
import type { NewObservation } from "../spool/spool.ts";

/** What matters of an observation in a test. */
export interface ObservationSpec {
  readonly probe?: string;
  readonly observedAtMs?: number;
  readonly uptimeMs?: number;
  /** Observations with the same text have the same facts. */
  readonly facts?: string;
  readonly samples?: readonly number[];
}

/** An observation with one operating system whose name is the facts' text. */
export function newObservation(spec: ObservationSpec = {}): NewObservation {
  const { probe = "system", observedAtMs = 0, uptimeMs = 0, facts = "debian", samples = [] } = spec;
  const value = { case: "operatingSystem", value: { prettyName: facts } } as const;
  const whole = create(FactsSchema, {
    subjects: [create(SubjectSchema, { kind: "operating_system", outcome: Outcome.OK, value })],
  });
  const factsHash = createHash("sha256").update(toBinary(FactsSchema, whole)).digest().subarray(0, 16);
  return create(ObservationSchema, {
    probe,
    observedAtUnixMs: BigInt(observedAtMs),
    uptimeMs: BigInt(uptimeMs),
    intervalMs: 15_000,
    durationMs: 3,
    outcome: Outcome.OK,
    factsHash,
    body: { case: "full", value: whole },
    sampleValues: [...samples],
  });
}
