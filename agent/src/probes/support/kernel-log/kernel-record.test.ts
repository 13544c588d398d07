import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf, parseRecordHead } from "./kernel-record.ts";

function read(record: string): unknown {
  const head = parseRecordHead(record);
  return head && { ...head, message: messageOf(record, head.messageAt) };
}

describe("a record of the kernel log", () => {
  it("has facility, number, time and message", () => {
    expect(read("6,339,5140900,-;NET: Registered protocol family 10\n")).toEqual({
      facility: 0,
      sequence: 339,
      timestampUs: 5_140_900,
      messageAt: 16,
      message: "NET: Registered protocol family 10",
    });
  });

  it.each([
    { name: "lines of properties", record: "3,2,1,-;bad\n SUBSYSTEM=nvme\n DEVICE=+nvme:nvme0\n", message: "bad" },
    { name: "fields that later kernels add", record: "3,2,1,-,caller=T1;bad\n", message: "bad" },
    { name: "semicolons of its own", record: "3,2,1,c;a; b, c\n", message: "a; b, c" },
    { name: "an escaped line break", record: "3,2,1,-;one\\x0atwo\n", message: "one\ntwo" },
    { name: "an escaped character of several bytes", record: "3,2,1,-;Ger\\xc3\\xa4t\n", message: "Gerät" },
    { name: "an escaped backslash", record: "3,2,1,-;C:\\x5cx41\n", message: "C:\\x41" },
    { name: "no message", record: "3,2,1,-;\n", message: "" },
  ])("is read with $name", ({ record, message }) => {
    expect(read(record)).toMatchObject({ facility: 0, sequence: 2, timestampUs: 1, message });
  });

  it.each([
    ["4,1,2,-;x", 0],
    ["12,1,2,-;x", 1],
    ["191,1,2,-;x", 23],
  ])("tells the kernel from programs: %s", (record, facility) => {
    expect(parseRecordHead(record)).toMatchObject({ facility });
  });

  it.each(["", "\n", "hello", "1,2,3", ";", "1,2;3,-", "x,2,3,-;m", "1,,3,-;m", "1,-2,3,-;m", "1,99999999999999999999,3,-;m"])(
    "is not seen in %j",
    (text) => {
      expect(parseRecordHead(text)).toBeUndefined();
    },
  );

  it("is found in no text that is none, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const head = parseRecordHead(text);
        if (head !== undefined) expect(messageOf(text, head.messageAt)).toBeTypeOf("string");
      }),
      { numRuns: 2_000 },
    );
  });

  it("survives any change of its bytes", () => {
    const record = "3,1201,171339321,-;nvme nvme0: I/O 24 \\xc3\\xa4 QID 0 timeout, reset controller\n SUBSYSTEM=nvme\n";
    const change = fc.tuple(fc.nat(record.length - 1), fc.string({ unit: "binary", maxLength: 3 }));

    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), (changes) => {
        const changed = changes.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + 1), record);
        const head = parseRecordHead(changed);
        if (head === undefined) return;
        expect(Number.isSafeInteger(head.sequence)).toBe(true);
        expect(messageOf(changed, head.messageAt).length).toBeLessThanOrEqual(changed.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
