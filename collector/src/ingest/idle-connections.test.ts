import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { endIdleConnections } from "./idle-connections.ts";

const idleMs = 35_000;

/** A connection on a real socket, and the calls that a test makes on it. */
async function aConnection() {
  const clock = new FakeClock();
  const idle = endIdleConnections(idleMs, clock);
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has a port");
  const client = connect(address.port, "127.0.0.1").on("error", () => undefined);
  const [socket]: Socket[] = await once(server, "connection");
  if (socket === undefined) throw new Error("it came");
  idle.opened(socket);
  const call = (): Duplex => {
    const made = Object.assign(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }), {
      getPeer: () => `${socket.remoteAddress}:${socket.remotePort}`,
    });
    idle.keep(made);
    return made;
  };
  return {
    ...{ clock, socket, call },
    async [Symbol.asyncDispose]() {
      idle[Symbol.dispose]();
      client.destroy();
      socket.destroy();
      server.close();
    },
  };
}

describe("idle connections", () => {
  it("are ended when nobody had a call for long", async () => {
    await using connection = await aConnection();

    await connection.clock.advance(idleMs - 1);
    expect(connection.socket.destroyed).toBe(false);
    await connection.clock.advance(5_000);

    expect(connection.socket.destroyed).toBe(true);
  });

  it("are kept by a call, and as long again after an agent's has ended", async () => {
    await using connection = await aConnection();
    const call = connection.call();
    await connection.clock.advance(10 * idleMs);
    call.end();
    await once(call, "finish");

    await connection.clock.advance(idleMs - 1);
    expect(connection.socket.destroyed).toBe(false);
    await connection.clock.advance(5_000);

    expect(connection.socket.destroyed).toBe(true);
  });

  it("are not kept by calls that are refused one after the other", async () => {
    await using connection = await aConnection();

    for (let elapsedMs = 0; elapsedMs < idleMs + 5_000; elapsedMs += 5_000) {
      const call = connection.call();
      await connection.clock.advance(1_000);
      call.destroy();
      await once(call, "close");
      await connection.clock.advance(4_000);
    }

    expect(connection.socket.destroyed).toBe(true);
  });
});
