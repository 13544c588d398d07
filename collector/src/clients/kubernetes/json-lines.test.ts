import { describe, expect, it } from "vitest";
import { longestLineBytes, readJsonLines } from "./json-lines.ts";

async function* bitByBit(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function all<Item>(given: AsyncIterable<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of given) items.push(item);
  return items;
}

async function read(text: string, size: number): Promise<readonly unknown[]> {
  return await all(readJsonLines(bitByBit(Buffer.from(text), size)));
}

describe("readJsonLines", () => {
  it.each([1, 2, 7, 1000])("gives one object a line, however it comes (%i bytes at once)", async (size) => {
    expect(await read('{"a":"ö€"}\n\n{"b":[1]}\n{"c":{}}', size)).toEqual([{ a: "ö€" }, { b: [1] }, { c: {} }]);
  });

  it.each([
    { name: "a line that is no JSON", text: '{"a":1}\nnot found\n' },
    { name: "a line that is no object", text: "[1]\n" },
    { name: "an end in the middle of a line", text: '{"a":1}\n{"b":' },
  ])("refuses $name", async ({ text }) => {
    await expect(read(text, 5)).rejects.toMatchObject({
      code: "PEER_REFUSED",
      message: expect.stringContaining("no JSON object"),
    });
  });

  it("refuses a line that is too long before it has all of it", async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1_000_000;
        yield Buffer.alloc(1_000_000, "a");
      }
    }

    await expect(all(readJsonLines(endless()))).rejects.toMatchObject({
      ...{ code: "PEER_REFUSED", message: expect.stringContaining("more than 4194304 bytes") },
    });
    expect(given).toBeLessThanOrEqual(longestLineBytes + 1_000_000);
  });
});
