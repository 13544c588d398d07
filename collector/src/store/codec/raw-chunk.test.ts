import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layoutsOfChunk } from "./chunk-frame.ts";
import { compareRows, type HistoryRow } from "./history-row.ts";
import { decodeRawChunk, encodeRawChunk } from "./raw-chunk.ts";

const startMs = Date.UTC(2026, 10, 22, 10);
const value = fc.oneof(fc.double({ noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0, Number.NaN));

const row: fc.Arbitrary<HistoryRow> = fc
  .record({
    epoch: fc.constantFrom("epoch-1", "epoch-2", "ä/ü"),
    sequence: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    observedAtMs: fc.integer({ min: startMs, max: startMs + 3_599_999 }),
    receivedAtMs: fc.integer({ min: startMs, max: startMs + 90 * 86_400_000 }),
    observedAtUnixMs: fc.integer({ min: 0, max: 7_258_118_400_000 }),
    uptimeMs: fc.integer({ min: 0, max: 10 ** 12 }),
    isFromEarlierBoot: fc.boolean(),
    intervalMs: fc.constantFrom(15_000, 60_000),
    durationMs: fc.nat(60_000),
    outcome: fc.constantFrom(1, 2, 3),
    failure: fc.constantFrom(undefined, { code: "HOST_READ_FAILED", message: "" }, { code: "X", message: "it\nbroke" }),
    factsHash: fc.constantFrom("", "00112233445566778899aabbccddeeff"),
    layoutId: fc.constantFrom(0, 1, 900_000),
    values: fc.array(value, { maxLength: 4 }),
  })
  .map(({ values, ...rest }) => ({ ...rest, values: Float64Array.from(rest.layoutId === 0 ? [] : values) }));

describe("a chunk of observations", () => {
  it("gives its rows back as they were", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (unordered) => {
        const rows = unordered.toSorted(compareRows);

        const read = decodeRawChunk(encodeRawChunk(rows)).rows();

        expect(read).toEqual(rows);
        expect(read.every((each, at) => each.values.every((number, index) => Object.is(number, rows[at]?.values[index])))).toBe(
          true,
        );
      }),
      { numRuns: 300 },
    );
  });

  it("shows columns without giving rows back", () => {
    const rows = fc.sample(row, { numRuns: 20, seed: 7 }).toSorted(compareRows);

    const chunk = decodeRawChunk(encodeRawChunk(rows));

    expect([...chunk.observedAtMs]).toEqual(rows.map((each) => each.observedAtMs));
    for (const [shape, { layoutId, valueCount }] of chunk.shapes.entries()) {
      const ofShape = rows.filter((each) => each.layoutId === layoutId && each.values.length === valueCount);
      for (let position = 0; position < valueCount; position += 1) {
        expect([...chunk.column(shape, position)]).toEqual(ofShape.map((each) => each.values[position]));
      }
    }
  });

  it("names its layouts without being decompressed", () => {
    const rows = fc.sample(row, { numRuns: 20, seed: 3 }).toSorted(compareRows);

    const layouts = layoutsOfChunk(encodeRawChunk(rows));

    expect(new Set(layouts)).toEqual(new Set(rows.map((each) => each.layoutId)));
  });

  it("is refused when a bit of it flipped", () => {
    const bytes = encodeRawChunk(fc.sample(row, { numRuns: 20, seed: 5 }).toSorted(compareRows));
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;

    expect(() => decodeRawChunk(bytes)).toThrow(expect.objectContaining({ code: "STORE_CORRUPT" }));
  });
});
