/** Clients that mean harm, each beside an agent that must not notice. They get no further than the handshake: nobody knows who they are. */
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { observation } from "../../collector/src/test-support/observations.ts";
import type { FakeAgent } from "../fakes/fake-agent.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aPublicCollector, authoritiesIn, connectByTls, enrolled, enrollIn, type PublicCollector } from "./public-collector.ts";

const stack = new AsyncDisposableStack();
let collector: PublicCollector;
let authority = "";
let agent: FakeAgent;
let sequence = 0;

beforeAll(async () => {
  const dataDir = stack.use(await temporaryFolder()).path;
  await enrollIn(dataDir);
  collector = stack.use(await aPublicCollector({ dataDir }));
  authority = (await authoritiesIn(dataDir))[0]?.certificate ?? "";
});
afterAll(() => stack.disposeAsync());

beforeEach(async () => {
  agent = connectByTls(collector.publicGrpcAddress, [authority]);
  agent.hello({ nodeName: enrolled.node, epoch: "epoch-1" });
  await agent.next("helloAck");
});
afterEach(async () => {
  sequence += 1;
  agent.report([observation({ subjects: [] }, { sequence })]);
  await agent.next("ack"); // the agent is served as before
  await agent[Symbol.asyncDispose]();
});

describe("the public door, against clients that mean harm", () => {
  it("hangs up on somebody who does not begin the handshake", { timeout: 30_000 }, async () => {
    const socket = connectTcp(collector.publicGrpcAddress);
    const startedAtMs = performance.now();

    await new Promise((resolve) => socket.on("close", resolve).on("error", () => undefined));

    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  });

  it("hangs up on somebody who speaks TLS and then another language", async () => {
    const socket = await handshake();

    socket.write("GET / HTTP/1.1\r\nHost: collector.home\r\n\r\n");

    await closed(socket);
  });

  it("takes a few streams of one connection, and no more at the same time", async () => {
    const socket = await handshake();
    socket.pause();
    const session = connectHttp2("https://localhost", { createConnection: () => socket });

    await new Promise((resolve) => session.once("remoteSettings", resolve));

    expect(session.remoteSettings.maxConcurrentStreams).toBe(4);
    session.destroy();
  });

  it("hangs up on those who ask to be enrolled and never say by what, or never end what was refused", {
    timeout: 60_000,
  }, async () => {
    const ask = async (path: string): Promise<void> => {
      const socket = await handshake();
      const session = connectHttp2("https://localhost", { createConnection: () => socket }).on("error", () => undefined);
      const head = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
      session
        .request(head, { endStream: false })
        .on("error", () => undefined)
        .resume();
      await closed(socket);
      session.destroy();
    };

    await Promise.all(["EnrollmentService/Enroll", "CollectorService/Connect"].map((call) => ask(`/nodekeeper.v1.${call}`)));
  });

  it("hangs up on rapid resets", async () => {
    const socket = await handshake();
    socket.write(preface());

    for (let id = 1; id < 20_001; id += 2) {
      socket.write(frame(1, 0x4, id, requestHead));
      socket.write(frame(3, 0, id, Buffer.from([0, 0, 0, 8])));
    }

    await closed(socket);
  });

  it.each([
    { name: "pings", flood: () => frame(6, 0, 0, Buffer.alloc(8)) },
    { name: "settings", flood: () => frame(4, 0, 0, Buffer.alloc(0)) },
  ])("hangs up on somebody who sends $name without end and reads no answer", { timeout: 30_000 }, async ({ flood }) => {
    const socket = await handshake();
    socket.pause();
    socket.write(preface());
    const burst = Buffer.concat(Array.from({ length: 1_000 }, flood));

    const isGone = closed(socket);
    let isOpen = true;
    void isGone.then(() => {
      isOpen = false;
    });
    for (let round = 0; round < 5_000 && isOpen; round++) {
      if (!socket.write(burst)) await Promise.race([isGone, new Promise((resolve) => socket.once("drain", resolve))]);
    }

    await isGone;
  });

  it("hangs up on a head that never ends", async () => {
    const socket = await handshake();
    socket.write(preface());
    socket.write(frame(1, 0, 1, requestHead));

    for (let at = 0; at < 10_000 && !socket.destroyed; at++) socket.write(frame(9, 0, 1, Buffer.alloc(16)));

    await closed(socket);
  });

  it("hangs up on settings with more entries than there are", async () => {
    const socket = await handshake();

    socket.write(preface());
    socket.write(frame(4, 0, 0, Buffer.alloc(6 * 1_000, Buffer.from([0, 3, 0, 0, 0, 9]))));

    await closed(socket);
  });
});

/** :method POST, :scheme https, :path /, by HPACK's static table. */
const requestHead = Buffer.from([0x83, 0x87, 0x84]);

function preface(): Buffer {
  return Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(4, 0, 0, Buffer.alloc(0))]);
}

/** A frame of HTTP/2 (RFC 9113, 4.1). */
function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

function handshake(): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { ...collector.publicGrpcAddress, ca: authority, servername: "localhost", ALPNProtocols: ["h2"] },
      () => resolve(socket),
    );
    socket.on("error", reject);
    socket.resume();
  });
}

function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    socket.on("close", () => resolve());
    socket.on("error", () => resolve());
    socket.on("end", () => resolve());
  });
}
