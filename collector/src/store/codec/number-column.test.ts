import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readNumberColumn, writeNumberColumn } from "./number-column.ts";

function bytesOf(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  writeNumberColumn(writer, Float64Array.from(values));
  return writer.written().slice();
}

function roundTrip(values: readonly number[]): readonly number[] {
  const reader = new ByteReader(bytesOf(values));
  const read = [...readNumberColumn(reader, values.length)];
  expect(reader.isAtEnd()).toBe(true);
  return read;
}

const measured = fc.oneof(
  fc.double({ noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -100_000, max: 100_000 }).map((thousandths) => thousandths / 1000),
  fc.constantFrom(0, -0, Number.NaN, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 51, -(2 ** 51), 2 ** 53),
);

describe("a column of numbers", () => {
  it("comes back bit for bit", () => {
    fc.assert(
      fc.property(fc.array(measured, { maxLength: 300 }), (values) => {
        const read = roundTrip(values);

        expect(read.length).toBe(values.length);
        expect(read.every((value, index) => Object.is(value, values[index]))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    { name: "no numbers", values: [] },
    { name: "one number", values: [36.6] },
    { name: "only unknowns", values: [Number.NaN, Number.NaN] },
    { name: "minus zero among zeros", values: [0, -0, 0] },
    { name: "the largest steps between integers", values: [2 ** 51 - 1, -(2 ** 51) + 1, 2 ** 51 - 1] },
    { name: "integers beyond the largest steps", values: [2 ** 53, -(2 ** 53), 0] },
    { name: "decimals with a number that has more of them", values: [1.5, 2.25, 0.1 + 0.2] },
  ])("holds $name", ({ values }) => {
    const read = roundTrip(values);

    expect(read.every((value, index) => Object.is(value, values[index]))).toBe(true);
  });

  it("takes a byte a number where integers or decimals change little", () => {
    const temperatures = Array.from({ length: 240 }, (_, index) => 40 + Math.round(Math.sin(index) * 10) / 10);
    const bytesRead = Array.from({ length: 240 }, (_, index) => 5_000_000_000 + index * 100);

    expect(bytesOf(temperatures).length).toBeLessThan(250);
    expect(bytesOf(bytesRead).length).toBeLessThan(250);
  });

  it("is refused where it is cut off", () => {
    const bytes = bytesOf([1, 2, 3, 4.25]);

    expect(() => readNumberColumn(new ByteReader(bytes.subarray(0, 4)), 4)).toThrow(
      expect.objectContaining({ code: "STORE_CORRUPT" }),
    );
  });
});
