import { create, type DescField, type DescMessage, fromBinary, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import { type Observation, ObservationSchema, Outcome, SensorType } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { disk, factsHash, list, observation } from "../test-support/observations.ts";
import { isPrintable } from "./check.ts";
import { maximumIdBytes } from "./ranges/limits.ts";
import { sampleRange } from "./ranges/samples.ts";
import { validateObservation } from "./validate.ts";
import { validateSampleValues } from "./validate-samples.ts";

function accepted(sent: Observation): Extract<ReturnType<typeof validateObservation>, { kind: "accepted" }> {
  const validated = validateObservation(sent);
  if (validated.kind === "rejected") throw new Error(`rejected: ${validated.problem.text}`);
  return validated;
}

function texts(sent: Observation): readonly string[] {
  return accepted(sent).problems.problems.map((problem) => problem.text);
}

describe("validateObservation", () => {
  it("gives back what is right as it is", () => {
    const sent = observation({
      subjects: [disk("sda")],
      lists: [list("block_device", true)],
      sampleKeys: [{ kind: "block_device", id: "sda", name: "read_bytes_total" }],
    });

    const { observation: taken, problems } = accepted(sent);

    expect(problems.problems).toEqual([]);
    expect(toBinary(ObservationSchema, taken)).toEqual(toBinary(ObservationSchema, sent));
  });

  it("changes nothing of what it was given", () => {
    const sent = observation({ subjects: [{ ...disk("sda"), id: "bad\n" }, disk("sdb")], lists: [list("block_device", true)] });
    const before = toBinary(ObservationSchema, sent);

    accepted(sent);

    expect(toBinary(ObservationSchema, sent)).toEqual(before);
  });

  it("keeps the first of two subjects with one identity", () => {
    const { facts, problems } = accepted(observation({ subjects: [disk("sda"), disk("sda")] }));

    expect(facts?.facts.subjects).toHaveLength(1);
    expect(problems.problems).toEqual([
      { reason: "subject_duplicate", text: "block_device/sda is there twice; the first is taken" },
    ]);
  });

  it("drops a value from a subject that was not read, and a reason for every failure", () => {
    const { facts, problems } = accepted(
      observation({
        subjects: [
          { ...disk("sda"), outcome: Outcome.ABSENT },
          { kind: "board", outcome: Outcome.FAILED },
        ],
      }),
    );

    expect(facts?.facts.subjects.map((subject) => [subject.value.case, subject.failure?.code])).toEqual([
      [undefined, undefined],
      [undefined, "PROTOCOL_VIOLATION"],
    ]);
    expect(problems.problems.map((problem) => problem.reason)).toEqual(["stray_body", "failure"]);
  });

  it("cuts a failure's message to what can be shown", () => {
    const message = `${"é".repeat(600)}\u001b[31m red`;

    const { observation: taken } = accepted(
      observation({}, { outcome: Outcome.FAILED, failure: { code: "HOST_READ_FAILED", message }, body: { case: undefined } }),
    );

    expect(Buffer.byteLength(taken.failure?.message ?? "")).toBeLessThanOrEqual(1024);
    expect(taken.failure?.message).toMatch(/^é+…$/);
  });

  it("takes a disk's last reading with its time, and refuses a time that no clock says", () => {
    const asleep = { ...disk("sda"), readAtUnixMs: 1_700_000_000_000n };

    expect(texts(observation({ subjects: [asleep] }))).toEqual([]);
    expect(texts(observation({ subjects: [{ ...asleep, readAtUnixMs: -5n }] }))).toEqual([
      "block_device/sda: it was read at -5, which no clock says",
    ]);
  });

  it("makes a list incomplete when there are more subjects than are taken", () => {
    const subjects = Array.from({ length: 4_097 }, (_, index) => disk(`disk-${index}`));

    const { facts } = accepted(observation({ subjects, lists: [list("block_device", true), list("board", true)] }));

    expect(facts?.facts.subjects).toHaveLength(4_096);
    expect(facts?.facts.lists.map(({ kind, isComplete }) => [kind, isComplete])).toEqual([
      ["block_device", false],
      ["board", true],
    ]);
  });

  it("drops limits of a thermometer that are none, and keeps those of a fan", () => {
    const sensor = (type: SensorType) => ({
      kind: "sensor",
      id: `sensor-${type}`,
      outcome: Outcome.OK,
      value: { case: "sensor" as const, value: { chip: "nvme", type, maximum: 65_261.8 } },
    });

    const { facts } = accepted(observation({ subjects: [sensor(SensorType.TEMPERATURE), sensor(SensorType.FAN)] }));

    const values = facts?.facts.subjects.map(({ value }) => (value.case === "sensor" ? value.value.maximum : "none"));
    expect(values).toEqual([undefined, 65_261.8]);
  });
});

/** Numbers that lie at the edges where readers slip. */
const oddNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, -1, 255, 256, 4_294_967_295, Number.NaN, Number.POSITIVE_INFINITY),
);
const oddText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("block_device", "filesystem", "disks", "used_bytes", "/", "x".repeat(5_000), "\u202e", "\u0000"),
);

/** Any message of a type, as it may come off the wire. */
function anyMessage(schema: DescMessage, depth = 0): fc.Arbitrary<Message> {
  const oneofs = schema.oneofs.filter((oneof) => !oneof.fields.every((field) => field.proto.proto3Optional));
  const inOneof = new Set(oneofs.flatMap((oneof) => oneof.fields));
  const own: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of schema.fields) if (!inOneof.has(field)) own[field.localName] = anyField(field, depth);
  for (const oneof of oneofs) {
    own[oneof.localName] = fc.oneof(
      fc.constant({ case: undefined }),
      ...oneof.fields.map((field) => anyField(field, depth).map((value) => ({ case: field.localName, value: value ?? {} }))),
    );
  }
  return fc.record(own).map((init) => create(schema, withoutUndefined(init)));
}

function anyField(field: DescField, depth: number): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "message":
      return depth > 3 ? fc.constant(undefined) : fc.option(anyMessage(field.message, depth + 1), { nil: undefined });
    case "enum":
      return fc.integer({ min: 0, max: 9 });
    case "list":
      return fc.array(
        field.listKind === "message"
          ? anyMessage(field.message, depth + 1)
          : anyScalar("scalar" in field ? field.scalar : undefined),
        { maxLength: 4 },
      );
    case "scalar":
      return field.presence === 2 ? anyScalar(field.scalar) : fc.option(anyScalar(field.scalar), { nil: undefined });
    default:
      return fc.constant(undefined);
  }
}

function anyScalar(scalar: ScalarType | undefined): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.STRING:
      return oddText;
    case ScalarType.BYTES:
      return fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constant(factsHash("x")));
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return oddNumber;
    case ScalarType.UINT32:
      return fc.oneof(fc.integer({ min: 0, max: 4_294_967_295 }), fc.constantFrom(0, 1, 60_000));
    case ScalarType.INT64:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
      return fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 2n ** 60n, 2n ** 60n + 1n));
    default:
      return fc.constant(undefined);
  }
}

function withoutUndefined(init: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined));
}

/** As anyMessage, but with an envelope that is right most of the time, so that the inside is reached. */
const anyObservation = fc.tuple(anyMessage(ObservationSchema), fc.boolean()).map(([message, isPatched]) => {
  const sent = fromBinary(ObservationSchema, toBinary(ObservationSchema, message as Observation));
  const patch = { probe: "disks", sequence: 1, intervalMs: 60_000, durationMs: 1, factsHash: factsHash("x") };
  return isPatched ? { ...sent, ...patch, outcome: sent.body.case === undefined ? Outcome.FAILED : Outcome.OK } : sent;
});

describe("validateObservation, whatever comes", () => {
  it("never throws, and what it takes holds to every bound", { timeout: 60_000 }, () => {
    let inside = 0;
    fc.assert(
      fc.property(anyObservation, (sent) => {
        const validated = validateObservation(sent);
        if (validated.kind === "rejected") return;
        const { facts, problems } = validated;
        for (const problem of problems.problems) expect(isPrintable(problem.text, 10_000)).toBe(true);
        if (facts === undefined) return;
        inside += 1;
        const values = validateSampleValues(facts.samples, sent.sampleValues, problems);
        facts.facts.sampleKeys.forEach((key, index) => {
          const value = values?.[index] ?? Number.NaN;
          const { minimum, maximum } = sampleRange(key.name);
          expect(Number.isNaN(value) || (value >= minimum && value <= maximum)).toBe(true);
        });
        for (const subject of facts.facts.subjects) {
          expect(isPrintable(subject.id, maximumIdBytes)).toBe(true);
          expect(subject.outcome === Outcome.OK).toBe(subject.value.case !== undefined);
          expect(subject.outcome === Outcome.FAILED).toBe(subject.failure !== undefined);
          expectBounded(subject.value.value);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(inside).toBeGreaterThan(500); // the generator reaches what it is meant to reach
  });

  it("finds nothing wrong in what it has made right", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyObservation, (sent) => {
        const first = validateObservation(sent);
        if (first.kind === "rejected") return;
        const second = validateObservation(first.observation);

        expect(second.kind).toBe("accepted");
        if (second.kind !== "accepted") return;
        expect(second.problems.problems).toEqual([]);
        expect(second.observation).toEqual(first.observation);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Every text printable and short, every number finite, every size and temperature possible, all the way down. */
function expectBounded(value: unknown, field = ""): void {
  if (typeof value === "string") expect(isPrintable(value, 1_024)).toBe(true);
  else if (typeof value === "number") {
    expect(Number.isFinite(value)).toBe(true);
    if (/Celsius$/.test(field)) expect(value >= -100 && value <= 200).toBe(true);
    if (/Percent$/.test(field)) expect(value >= 0 && value <= 100).toBe(true);
    if (field === "percentageUsed") expect(value).toBeLessThanOrEqual(255);
  } else if (typeof value === "bigint") expect(value <= (/Bytes$/.test(field) ? 2n ** 60n : 2n ** 63n)).toBe(true);
  else if (Array.isArray(value)) for (const item of value) expectBounded(item, field);
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) if (!name.startsWith("$")) expectBounded(inner, name);
  }
}
