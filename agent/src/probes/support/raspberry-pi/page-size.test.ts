import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageSizeOf } from "./page-size.ts";

/** The vector of a program of 64 bits: random bytes' address, page size, clock ticks, end. */
function vector(pageBytes: number): string {
  const words = [33n, 0xffff_8000_1234_0000n, 6n, BigInt(pageBytes), 17n, 100n, 0n, 0n];
  return Buffer.from(new BigUint64Array(words).buffer).toString("latin1");
}

describe("the size of the kernel's pages", () => {
  it("is found for programs of 64 and of 32 bits", () => {
    expect(pageSizeOf(vector(4096))).toBe(4096);
    expect(pageSizeOf(vector(16384))).toBe(16384);
    expect(pageSizeOf(Buffer.from(new Uint32Array([16, 7, 6, 4096, 0, 0]).buffer).toString("latin1"))).toBe(4096);
  });

  it("is unknown where the vector says none that there is", () => {
    expect(pageSizeOf(vector(5000))).toBeUndefined();
    expect(pageSizeOf("")).toBeUndefined();
    expect(pageSizeOf(vector(4096).slice(0, 20))).toBeUndefined();
  });

  it("is a size of pages or unknown, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => {
        expect([undefined, 4096, 8192, 16384, 32768, 65536]).toContain(pageSizeOf(Buffer.from(bytes).toString("latin1")));
      }),
    );
  });
});
