/** What anybody who reaches the port may do to it below and beside HTTP/2: the collector lives, its memory is bounded, and others are served. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { ConnectRequestSchema } from "@nodekeeper/proto";
import { version } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectorBundle } from "../durability/collector-process.ts";
import { createRandom } from "../durability/random.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { aHello } from "../fakes/fake-agent.ts";
import {
  aCollectorUnderFire,
  type CollectorUnderFire,
  type Damage,
  maximumGrownBytes,
  pause,
  pour,
} from "./collector-under-fire.ts";
import {
  callHeaders,
  flag,
  frame,
  framesIn,
  frameType,
  grpcMessage,
  headerBlock,
  number32,
  preface,
  settings,
} from "./http2-frames.ts";

const isBuilt = existsSync(collectorBundle);
const connectPath = "/nodekeeper.v1.CollectorService/Connect";
const begin = Buffer.concat([preface, settings()]);
const random = createRandom();

/** An acknowledgement comes within this time whatever others do; the machines that test are slow and busy. */
const maximumAckMs = 12_000;

const why = isBuilt ? "" : " (not built: pnpm run build)";

describe.skipIf(!isBuilt).each(["local", "public"] as const)(
  `a hostile client at the %s door${why} (seed ${random.seed})`,
  { timeout: 90_000 },
  (door) => {
    let collector: CollectorUnderFire;

    beforeAll(async () => {
      collector = await aCollectorUnderFire(door);
    }, 60_000);

    afterAll(() => collector?.[Symbol.asyncDispose]());

    /** Does it over some connections at once, and closes them. */
    async function over(connections: number, work: (socket: Socket, index: number) => Promise<unknown>): Promise<Damage> {
      return await collector.attack(async () => {
        const sockets = await Promise.all(Array.from({ length: connections }, () => collector.dial()));
        await Promise.all(sockets.map((socket, index) => work(socket, index)));
        for (const socket of sockets) socket.destroy();
      });
    }

    function expectUnharmed(damage: Damage): void {
      expect(damage.ended).toBeUndefined();
      expect(damage.errors).toEqual([]);
      expect(damage.slowestAckMs).toBeLessThan(maximumAckMs);
      expect(damage.grownBytes).toBeLessThan(maximumGrownBytes);
    }

    /** A call that is opened on stream 1. */
    const opened = Buffer.concat([begin, frame(frameType.headers, flag.endHeaders, 1, callHeaders(connectPath))]);

    it("is answered where it says Hello as it should: the frames of this page are good ones", async () => {
      const message = { case: "hello", value: aHello({ nodeName: "raw" }) } as const;
      const hello = toBinary(ConnectRequestSchema, create(ConnectRequestSchema, { message }));
      const socket = await collector.dial();
      const answers: Buffer[] = [];
      socket.on("data", (bytes: Buffer) => answers.push(bytes));
      // A greeting, or trailers alone that say why not.
      const isAnswered = (bytes: Buffer): boolean =>
        door === "local"
          ? bytes.includes(version)
          : framesIn(bytes).some(({ type, stream }) => type === frameType.headers && stream === 1);

      await pour(socket, Buffer.concat([opened, frame(frameType.data, 0, 1, grpcMessage(hello))]));

      await waitUntil("an answer", 15_000, () => isAnswered(Buffer.concat(answers)));
      socket.destroy();
    });

    it("may send random bytes", async () => {
      expectUnharmed(await over(50, (socket) => pour(socket, randomBytes(16_384), 10)));
    });

    it("may send random bytes after a good beginning", async () => {
      expectUnharmed(await over(50, (socket) => pour(socket, Buffer.concat([begin, randomBytes(65_536)]))));
    });

    it("may send frames of random types, flags, streams and lengths", async () => {
      expectUnharmed(
        await over(50, async (socket) => {
          await pour(socket, begin);
          for (let count = 0; count < 500; count += 1) {
            const type = Math.trunc(random.between(0, 12));
            const stream = Math.trunc(random.between(0, 9));
            const body = randomBytes(Math.trunc(random.between(0, 64)));
            if (!(await pour(socket, frame(type, Math.trunc(random.between(0, 256)), stream, body)))) return;
          }
        }),
      );
    });

    it("may speak HTTP/1.1", async () => {
      expectUnharmed(await over(20, (socket) => pour(socket, Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), 100)));
    });

    it("may hold hundreds of connections on which it says nothing", async () => {
      // With TLS each costs this process as much as the collector.
      expectUnharmed(await over(door === "local" ? 1_000 : 250, () => pause(500)));
    });

    it("may begin a frame and never end it", async () => {
      const half = frame(frameType.headers, flag.endHeaders, 1, callHeaders(connectPath)).subarray(0, 12);

      expectUnharmed(
        await over(door === "local" ? 300 : 100, (socket) => pour(socket, Buffer.concat([begin, half])).then(() => pause(500))),
      );
    });

    it.each([
      ["rapid reset (CVE-2023-44487)", (id: number) => [headersOf(id), frame(frameType.rstStream, 0, id, number32(8))]],
      ["calls of methods that do not exist", (id: number) => [headersOf(id, "/no.such.Service/Method")]],
      ["calls without a message", (id: number) => [headersOf(id), frame(frameType.data, flag.endStream, id)]],
      ["requests that are no gRPC", (id: number) => [frame(frameType.headers, flag.endHeaders | flag.endStream, id, plainGet)]],
      ["windows that are opened by nothing", (id: number) => [headersOf(id), frame(frameType.windowUpdate, 0, id, number32(0))]],
      ["windows that overflow", (id: number) => [headersOf(id), frame(frameType.windowUpdate, 0, id, number32(0x7fff_ffff))]],
    ])("may flood with %s", async (_name, frames) => {
      expectUnharmed(
        await over(4, async (socket) => {
          await pour(socket, begin);
          for (let id = 1; id < 20_000; id += 2) if (!(await pour(socket, Buffer.concat(frames(id))))) return;
        }),
      );
    });

    it.each([
      ["settings", settings({ 4: 65_535 })],
      ["empty settings", settings()],
      ["pings", frame(frameType.ping, 0, 0, Buffer.alloc(8))],
      ["priorities", frame(frameType.priority, 0, 3, Buffer.from([0, 0, 0, 1, 10]))],
      ["windows of the connection", frame(frameType.windowUpdate, 0, 0, number32(1))],
      ["empty data", frame(frameType.data, 0, 1)],
      ["frames of no known type", frame(0xee, 0, 1, Buffer.alloc(100))],
    ])("may flood an open call with %s", async (_name, flood) => {
      const many = Buffer.concat(Array.from({ length: 500 }, () => flood));

      expectUnharmed(
        await over(4, async (socket) => {
          await pour(socket, opened);
          await pour(socket, many, 200);
        }),
      );
    });

    it("may flood with continuations (CVE-2024-27983)", async () => {
      const more = frame(frameType.continuation, 0, 1, headerBlock({ "x-filler": "x".repeat(120) }));
      const many = Buffer.concat(Array.from({ length: 500 }, () => more));

      expectUnharmed(
        await over(4, async (socket) => {
          await pour(socket, Buffer.concat([begin, frame(frameType.headers, 0, 1, callHeaders(connectPath))]));
          await pour(socket, many, 200);
        }),
      );
    });

    it("may open calls with headers as large as a frame", async () => {
      const filler = Buffer.concat(Array.from({ length: 120 }, (_, index) => headerBlock({ [`x-${index}`]: "x".repeat(120) })));

      expectUnharmed(
        await over(20, async (socket) => {
          await pour(socket, begin);
          for (let id = 1; id < 200; id += 2) {
            const head = frame(frameType.headers, flag.endHeaders, id, Buffer.concat([callHeaders(connectPath), filler]));
            if (!(await pour(socket, head))) return;
          }
        }),
      );
    });

    it("may grow the table of headers and point at it for ever", async () => {
      // RFC 7541, 6.2.1: a literal that the table remembers; 6.1: index 62 is what was remembered last.
      const remembered = Buffer.concat([Buffer.from([0x40, 1, 0x78, 126]), Buffer.alloc(126, 0x79)]);
      const bomb = Buffer.concat([callHeaders(connectPath), remembered, Buffer.alloc(12_000, 0x80 | 62)]);

      expectUnharmed(
        await over(4, async (socket) => {
          await pour(socket, begin);
          for (let id = 1; id < 2_000; id += 2)
            if (!(await pour(socket, frame(frameType.headers, flag.endHeaders, id, bomb)))) return;
        }),
      );
    });

    it.each([
      ["says that a message has four gibibytes", grpcMessage(Buffer.alloc(100), 0xffff_ffff)],
      ["says that a message is compressed when it is not", grpcMessage(randomBytes(100), 100, 1)],
      ["sends messages without an end", grpcMessage(Buffer.alloc(10), 1_000)],
      ["sends a thousand empty messages", Buffer.concat(Array.from({ length: 1_000 }, () => grpcMessage(new Uint8Array())))],
    ])("%s", async (_name, message) => {
      expectUnharmed(await over(50, (socket) => pour(socket, Buffer.concat([opened, frame(frameType.data, 0, 1, message)]))));
    });

    it("may send messages that unpack to a thousand times their size", async () => {
      const bomb = grpcMessage(gzipSync(Buffer.alloc(64 * 2 ** 20)).subarray(0), undefined, 1);
      const head = frame(frameType.headers, flag.endHeaders, 1, callHeaders(connectPath, { "grpc-encoding": "gzip" }));
      const parts = Array.from({ length: Math.ceil(bomb.length / 16_000) }, (_, index) =>
        frame(frameType.data, 0, 1, bomb.subarray(index * 16_000, (index + 1) * 16_000)),
      );

      expectUnharmed(await over(20, (socket) => pour(socket, Buffer.concat([begin, head, ...parts])).then(() => pause(500))));
    });

    it("may ask for answers and never read them", async () => {
      expectUnharmed(
        await over(20, async (socket) => {
          socket.pause();
          const asks = Array.from({ length: 200 }, (_, index) => headersOf(2 * index + 1, "/no.such.Service/Method"));
          await pour(socket, Buffer.concat([preface, settings({ 4: 0 }), ...asks]), 1);
          await pour(socket, Buffer.concat(Array.from({ length: 500 }, () => frame(frameType.ping, 0, 0, Buffer.alloc(8)))), 50);
        }),
      );
    });
  },
);

const plainGet = headerBlock({ ":method": "GET", ":scheme": "http", ":path": "/", ":authority": "localhost" });

function headersOf(id: number, path: string = connectPath): Buffer {
  return frame(frameType.headers, flag.endHeaders, id, callHeaders(path));
}
