import { create, toBinary } from "@bufbuild/protobuf";
import { ObservationSchema, Outcome, SpoolRecordSchema, UnchangedSchema } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newObservation } from "../test-support/observations.ts";
import { outlineOf } from "./record-outline.ts";

const full = newObservation().body;
const unchanged = { case: "unchanged", value: create(UnchangedSchema) } as const;

describe("outlineOf", () => {
  it("says what decoding the whole record would", () => {
    const observation = fc.record({
      probe: fc.string({ maxLength: 20 }),
      sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
      observedAtUnixMs: fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n }),
      uptimeMs: fc.bigInt({ min: 0n, max: 2n ** 52n }),
      durationMs: fc.nat(),
      isFromEarlierBoot: fc.boolean(),
      outcome: fc.constantFrom(Outcome.OK, Outcome.ABSENT, Outcome.FAILED),
      factsHash: fc.uint8Array({ maxLength: 16 }),
      body: fc.constantFrom(full, unchanged, { case: undefined }),
      sampleValues: fc.array(fc.double(), { maxLength: 20 }),
    });
    fc.assert(
      fc.property(observation, fc.string(), (spec, bootId) => {
        const written = create(ObservationSchema, spec);

        const outline = outlineOf(toBinary(SpoolRecordSchema, create(SpoolRecordSchema, { bootId, observation: written })));

        expect({ ...outline, observation: Buffer.from(outline.observation) }).toEqual({
          bootId,
          observation: Buffer.from(toBinary(ObservationSchema, written)),
          probe: spec.probe,
          sequence: spec.sequence,
          observedAtMs: Number(spec.observedAtUnixMs),
          uptimeMs: Number(spec.uptimeMs),
          hash: Buffer.from(spec.factsHash).toString("hex"),
          body: spec.body.case,
        });
      }),
    );
  });

  it("throws on bytes that are no protobuf", () => {
    expect(() => outlineOf(Buffer.from("ffffffff", "hex"))).toThrow();
  });
});
