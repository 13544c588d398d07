import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endpointText, parseEndpoint, parseListeningSockets } from "./listening-sockets.ts";

/** As the kernel prints them; the last column of the first is left out. */
const table = [
  "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
  "   0: 0100007F:53BA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1810396 2 00000000ad70bc47 100 0 0 10 0",
  "   1: 0302000A:2CAA 0402000A:C350 01 00000000:00000000 00:00000000 00000000     0        0 1810397 1 0000000000000000 20 4 30 10 -1",
  "   2: 00000000000000000000000000000000:2CAA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 1811352 2 0000000000000000 100 0 0 10 0",
  "   3: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 77 1 0000000000000000 100 0 0 10 0",
  "   4: B80D0120000000000000000001000000:FFFF 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 78 1 0000000000000000 100 0 0 10 0",
  "   5: 010000",
  "",
].join("\n");

describe("parseListeningSockets", () => {
  it("finds those that listen, with addresses as people write them", () => {
    expect(parseListeningSockets(table).map((socket) => [endpointText(socket), socket.inode])).toEqual([
      ["127.0.0.1:21434", "1810396"],
      ["[::]:11434", "1811352"],
      ["127.0.0.1:80", "77"],
      ["[2001:db8::1]:65535", "78"],
    ]);
  });

  it("gives texts that name the same again", () => {
    for (const { address, port, ...socket } of parseListeningSockets(table)) {
      expect(parseEndpoint(endpointText({ address, port }))).toEqual({ address, port });
      expect(socket.inode).not.toBe("");
    }
    expect(parseEndpoint("localhost:80")).toBeUndefined();
  });

  it("bears any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(table.length), (noise, at) => {
        const damaged = table.slice(0, at) + noise + table.slice(at + noise.length);
        for (const { port } of parseListeningSockets(damaged)) expect(port).toBeLessThan(65_536);
      }),
    );
  });
});
