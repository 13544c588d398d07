import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it, vi } from "vitest";
import type { KeepConnection } from "./door.ts";
import { type GrpcListener, listenForCalls } from "./grpc-listener.ts";
import { type Call, serviceDefinition } from "./wire.ts";

function listen(host: string, port = 0): Promise<GrpcListener> {
  return listenForCalls({ listen: { host, port }, tls: undefined, services: () => [] }, systemClock);
}

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === "IPv6"));
const byIpv6 = [
  { name: "IPv4 on a socket for both", host: "::", target: "127.0.0.1" },
  { name: "IPv6", host: "::1", target: "[::1]" },
];

describe("listenForCalls", () => {
  it("says whose fault it is that an address is taken, and what to do", async () => {
    const listener = await listen("127.0.0.1");

    await expect(listen("127.0.0.1", listener.port)).rejects.toMatchObject({
      code: "ADDRESS_IN_USE",
      message: `the collector cannot listen for agents on 127.0.0.1:${listener.port}: another program does. End the other program, or give the collector another port.`,
    });
    await listener.close();
  });

  it("does not listen on an address that this machine does not have", async () => {
    await expect(listen("192.0.2.1")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("the collector cannot listen for agents on 192.0.2.1:0"),
    });
  });

  it("ends in time although somebody holds a connection without a word, and leaves nobody behind", async () => {
    const listener = await listen("127.0.0.1");
    const silent = connect(listener.port, "127.0.0.1");
    silent.on("error", () => undefined).resume(); // it is ended from the other side
    await once(silent, "connect");
    const session = connectHttp2(`http://127.0.0.1:${listener.port}`);
    await once(session, "remoteSettings");
    const gone = Promise.all([once(silent, "close"), once(session, "close")]);
    const startedAtMs = performance.now();

    await listener.close();

    await gone;
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });

  it.each([{ name: "IPv4", host: "127.0.0.1", target: "127.0.0.1" }, ...(hasIpv6 ? byIpv6 : [])])(
    "keeps the connection of an agent that comes by $name, and ends it when its call is over",
    async ({ host, target }) => {
      const clock = new FakeClock();
      const calls: Call[] = [];
      const services = (keep: KeepConnection) => [
        {
          definition: serviceDefinition(),
          handlers: {
            connect(call: Call) {
              keep(call);
              calls.push(call);
            },
          },
        },
      ];
      const listener = await listenForCalls({ listen: { host, port: 0 }, tls: undefined, services }, clock);
      const session = connectHttp2(`http://${target}:${listener.port}`).on("error", () => undefined);
      const head = { ":method": "POST", ":path": "/nodekeeper.v1.CollectorService/Connect", "content-type": "application/grpc" };
      session
        .request({ ...head, te: "trailers" }, { endStream: false })
        .on("error", () => undefined)
        .resume();
      await vi.waitFor(() => expect(calls).toHaveLength(1));

      await clock.advance(24 * 3_600_000);
      const isKept = !session.destroyed;
      calls[0]?.end();
      await vi.waitFor(() => expect(calls[0]?.writableFinished).toBe(true));
      const gone = once(session, "close");
      await clock.advance(10 * 60_000);

      await gone;
      expect(isKept).toBe(true);
      const closing = listener.close();
      await clock.advance(10_000);
      await closing;
    },
  );
});
