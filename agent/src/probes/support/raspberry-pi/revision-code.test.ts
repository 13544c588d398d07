import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { revisionInCpuinfo, revisionOfBytes } from "./revision-code.ts";

describe("the revision code of a Raspberry Pi", () => {
  it.each([
    { code: 0xc04170, memoryBytes: 4 * 2 ** 30, type: 0x17 },
    { code: 0xe04171, memoryBytes: 16 * 2 ** 30, type: 0x17 },
    { code: 0xb03115, memoryBytes: 2 * 2 ** 30, type: 0x11 },
    { code: 0x9000c1, memoryBytes: 512 * 2 ** 20, type: 0x0c },
    { code: 0x2d04170, memoryBytes: 8 * 2 ** 30, type: 0x17 }, // with the bit of a lost warranty
    { code: 0x000e, memoryBytes: undefined, type: undefined },
  ])("$code is decoded", ({ code, memoryBytes, type }) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(code);

    expect(revisionOfBytes(bytes.toString("latin1"))).toEqual({ digits: code.toString(16), memoryBytes, type });
    expect(revisionInCpuinfo(`Revision\t: ${code.toString(16).padStart(4, "0")}\n`)).toMatchObject({ memoryBytes, type });
  });

  it("no text is too odd for it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const code of [revisionOfBytes(text), revisionInCpuinfo(text), revisionInCpuinfo(`Revision\t: ${text}`)]) {
          expect(code?.digits ?? "1").toMatch(/^[0-9a-f]{1,8}$/);
        }
      }),
    );
  });
});
