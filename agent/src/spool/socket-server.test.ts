/** The socket of the probing side against clients that mean no good. */
import { stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { GoodbyeReason, SpoolRequestSchema, type SpoolResponse, SpoolResponseSchema } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createSilentLogger } from "../test-support/silent-logger.ts";
import { SpoolTrial } from "../test-support/spool-trial.ts";
import { GoingMachine, staying } from "../test-support/staying.ts";
import { createLocalReader } from "./local-reader.ts";
import { FrameParser, socketFrame } from "./socket-frame.ts";
import { createSocketReader } from "./socket-reader.ts";
import { type SpoolServer, serveSpool } from "./socket-server.ts";
import type { LeavingPort } from "./spool.ts";

const never = new AbortController().signal;

type Request = NonNullable<MessageInitShape<typeof SpoolRequestSchema>["request"]>;

function requestFrame(request: Request, id = 1): Buffer {
  return socketFrame(toBinary(SpoolRequestSchema, create(SpoolRequestSchema, { id, request })));
}

const describeFrame = requestFrame({ case: "describe", value: {} });

/** A client that can send anything. */
class RawClient {
  readonly socket: Socket;
  readonly responses: SpoolResponse[] = [];
  readonly closed: Promise<unknown>;

  constructor(path: string) {
    const parser = new FrameParser(64 * 1024 * 1024);
    this.socket = connect(path);
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk) => {
      for (const bytes of parser.push(chunk)) this.responses.push(fromBinary(SpoolResponseSchema, bytes));
    });
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
  }

  async response(index: number): Promise<SpoolResponse["response"]> {
    for (let wait = 0; wait < 500; wait++) {
      const response = this.responses[index];
      if (response !== undefined) return response.response;
      await systemClock.sleep(5, never);
    }
    throw new Error(`no response ${index}`);
  }
}

interface Subject extends AsyncDisposable {
  readonly trial: SpoolTrial;
  readonly server: SpoolServer;
  readonly path: string;
  readonly triggered: string[];
  readonly clock: FakeClock;
  readonly warnings: () => readonly object[];
  client(): RawClient;
}

async function open(leaving: LeavingPort = staying): Promise<Subject> {
  const parts = new AsyncDisposableStack();
  const trial = parts.use(await SpoolTrial.create());
  const triggered: string[] = [];
  const clock = new FakeClock();
  const logger = createSilentLogger();
  const path = join(trial.directory, "..", "socket", "spool.sock");
  const control = {
    describe: () => [],
    setIntervals: () => undefined,
    trigger: (probes: readonly string[]) => void triggered.push(...probes),
  };
  const identity = { nodeName: "bobcat", machineId: "", bootId: "boot-1" };
  const reader = createLocalReader({ spool: trial.spool, control, identity, watchedPeers, leaving, clock });
  const server = parts.use(await serveSpool({ path, reader, clock, logger }));
  return {
    trial,
    server,
    path,
    triggered,
    clock,
    warnings: () => logger.lines.filter((line) => line.level === "warn"),
    client: () => {
      const client = new RawClient(path);
      parts.defer(() => void client.socket.destroy());
      return client;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const seventeenPeers = Array.from({ length: 17 }, (_, index) => `nPeer${index}CNTRL`);
/** Nobody asks for peers here. */
const watchedPeers = { watch: () => false };

describe("the socket", () => {
  it("is for its owner and its group only, in a directory for them only", async () => {
    await using subject = await open();

    expect((await stat(subject.path)).mode & 0o777).toBe(0o660);
    expect((await stat(join(subject.path, ".."))).mode & 0o777).toBe(0o750);
  });

  it("is given to the group that was asked for", async () => {
    if (process.geteuid?.() !== 0) return; // only root may give files away
    await using trial = await SpoolTrial.create();
    const path = join(trial.directory, "..", "socket", "spool.sock");
    const control = { describe: () => [], setIntervals: () => undefined, trigger: () => undefined };
    const identity = { nodeName: "n", machineId: "", bootId: "b" };
    const reader = createLocalReader({
      spool: trial.spool,
      control,
      identity,
      watchedPeers,
      leaving: staying,
      clock: trial.clock,
    });

    await using _ = await serveSpool({ path, group: 12_345, reader, clock: trial.clock, logger: createSilentLogger() });

    expect((await stat(path)).gid).toBe(12_345);
    expect((await stat(join(path, ".."))).gid).toBe(12_345);
  });

  it("is refused to a second agent while the first one listens", async () => {
    await using subject = await open();
    const reader = createLocalReader({
      spool: subject.trial.spool,
      control: { describe: () => [], setIntervals: () => undefined, trigger: () => undefined },
      identity: { nodeName: "n", machineId: "", bootId: "b" },
      watchedPeers,
      leaving: staying,
      clock: subject.clock,
    });

    const second = serveSpool({ path: subject.path, reader, clock: subject.clock, logger: createSilentLogger() });

    await expect(second).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
  });
});

describe("a hostile client of the socket", () => {
  it.each([
    { name: "a frame above 64 KiB", bytes: Buffer.from([0, 1, 0, 1]) },
    { name: "a frame of four gigabytes", bytes: Buffer.from([255, 255, 255, 255]) },
    {
      name: "peers that are no ids",
      bytes: requestFrame({ case: "watchPeers", value: { peerIds: ["nPeer11CNTRL", "../../x"] } }),
    },
    {
      name: "a peer named twice",
      bytes: requestFrame({ case: "watchPeers", value: { peerIds: ["nPeer11CNTRL", "nPeer11CNTRL"] } }),
    },
    { name: "seventeen peers", bytes: requestFrame({ case: "watchPeers", value: { peerIds: seventeenPeers } }) },
    { name: "garbage", bytes: socketFrame(Buffer.from("GET / HTTP/1.1\r\n\r\n")) },
    { name: "an empty request", bytes: socketFrame(Buffer.alloc(0)) },
    { name: "a request of an unknown kind", bytes: socketFrame(Buffer.from([8, 1, 0xf2, 7, 0])) },
    {
      name: "a read of nothing",
      bytes: requestFrame({ case: "read", value: { isRestart: true, maximumBytes: 0, waitMs: 0 } }),
    },
    {
      name: "a read of four gigabytes",
      bytes: requestFrame({ case: "read", value: { isRestart: true, maximumBytes: 0xffff_ffff, waitMs: 0 } }),
    },
    {
      name: "a read that waits for weeks",
      bytes: requestFrame({ case: "read", value: { isRestart: true, maximumBytes: 4096, waitMs: 0xffff_ffff } }),
    },
    { name: "an acknowledgement of number 0", bytes: requestFrame({ case: "ack", value: { ranges: [{ first: 0, last: 9 }] } }) },
    {
      name: "an acknowledgement that ends before it begins",
      bytes: requestFrame({ case: "ack", value: { ranges: [{ first: 9, last: 8 }] } }),
    },
  ])("is cut off for $name, and nothing has changed", async ({ bytes }) => {
    await using subject = await open();
    subject.trial.append("system", "one");
    const client = subject.client();

    client.socket.write(bytes);
    await client.closed;
    await settle();

    expect(client.responses).toEqual([]);
    expect(subject.server.status()).toMatchObject({ connectionCount: 0, violationCount: 1 });
    expect(subject.warnings()).toHaveLength(1);
    expect(subject.trial.spool.status()).toMatchObject({ observationCount: 1, ignoredAckCount: 0 });
    const next = subject.client();
    next.socket.write(describeFrame);
    expect(await next.response(0)).toMatchObject({ case: "describe", value: { nodeName: "bobcat" } });
  });

  it("is cut off when a frame does not end in time, however slowly it goes on", async () => {
    await using subject = await open();
    const client = subject.client();
    let isClosed = false;
    void client.closed.then(() => {
      isClosed = true;
    });

    client.socket.write(Buffer.from([0, 0, 3, 232]));
    for (let second = 0; second < 9; second++) {
      client.socket.write(Buffer.from([8]));
      await systemClock.sleep(5, never);
      await subject.clock.advance(1_000);
    }
    expect(isClosed).toBe(false);
    await subject.clock.advance(1_000);
    await systemClock.sleep(20, never);

    expect(isClosed).toBe(true);
    expect(subject.server.status().violationCount).toBe(1);
  });

  it("may send a request byte by byte, if it ends in time", async () => {
    await using subject = await open();
    const client = subject.client();

    for (const byte of requestFrame({ case: "describe", value: {} }, 7)) {
      client.socket.write(Buffer.from([byte]));
      await systemClock.sleep(1, never);
    }

    expect(await client.response(0)).toMatchObject({ case: "describe" });
    expect(client.responses[0]?.id).toBe(7);
    await subject.clock.advance(60_000);
    expect(subject.server.status()).toMatchObject({ connectionCount: 1, violationCount: 0 });
  });

  it("gets no more than a few connections", async () => {
    await using subject = await open();
    const clients = Array.from({ length: 7 }, () => subject.client());
    for (const client of clients) client.socket.write(describeFrame);

    await Promise.all(clients.slice(4).map((client) => client.closed));

    expect(subject.server.status()).toMatchObject({ connectionCount: 4, refusedCount: 3 });
    for (const client of clients.slice(0, 4)) expect(await client.response(0)).toMatchObject({ case: "describe" });
  });

  it("leaves no place taken by a wait for a machine that goes away", async () => {
    const machine = new GoingMachine();
    machine.go(GoodbyeReason.SUSPEND);
    await using subject = await open(machine);
    const clients = Array.from({ length: 4 }, () => subject.client());
    for (const client of clients)
      client.socket.write(requestFrame({ case: "leaving", value: { isStopping: false, waitMs: 60_000 } }));
    await expect.poll(() => machine.events.length).toBe(4);

    for (const client of clients) client.socket.destroy();

    await expect.poll(() => subject.server.status().connectionCount).toBe(0);
    const next = subject.client();
    next.socket.write(describeFrame);
    expect(await next.response(0)).toMatchObject({ case: "describe" });
  });

  it("cannot flood a probe", async () => {
    await using subject = await open();
    const client = subject.client();

    for (let index = 0; index < 2_000; index++)
      client.socket.write(requestFrame({ case: "probeNow", value: { probes: [] } }, index + 1));
    await client.response(1_999);

    expect(subject.triggered).toEqual([]);
    expect(client.responses.map((response) => response.id)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
  });

  it("costs a bounded amount of memory when it does not read its answers", async () => {
    await using subject = await open();
    for (let index = 0; index < 400; index++) subject.trial.append("system", "x".repeat(4_000), { samples: [index] });
    const client = subject.client();
    client.socket.pause();
    const greedy = requestFrame({ case: "read", value: { isRestart: true, maximumBytes: 1024 * 1024, waitMs: 0 } });
    // Until the kernel's buffers and ours are full, the client's writes come back; then they must not.
    let sent = 0;
    let isStuck = false;
    while (!isStuck && sent < 50_000_000) {
      isStuck = !(await new Promise<boolean>((resolve) => {
        const timer = new AbortController();
        systemClock.sleep(300, timer.signal).then(
          () => resolve(false),
          () => undefined,
        );
        client.socket.write(Buffer.concat(new Array(500).fill(greedy)), () => {
          timer.abort();
          resolve(true);
        });
      }));
      sent += 500 * greedy.length;
    }

    expect(isStuck).toBe(true);
    expect(sent).toBeLessThan(5_000_000);
    await subject.clock.advance(30_000);
    await systemClock.sleep(20, never);
    expect(subject.server.status()).toMatchObject({ connectionCount: 0, violationCount: 1 });
  });

  it("does not share the spool with another reader: who begins anew has it alone", async () => {
    await using subject = await open();
    subject.trial.append("system", "one");
    const first = subject.client();
    const second = subject.client();
    const readFrame = (isRestart: boolean): Buffer =>
      requestFrame({ case: "read", value: { isRestart, maximumBytes: 4096, waitMs: 0 } });
    first.socket.write(readFrame(true));
    expect(await first.response(0)).toMatchObject({ case: "read" });

    second.socket.write(readFrame(false));
    expect(await second.response(0)).toMatchObject({ case: "failure", value: { code: "PROTOCOL_VIOLATION" } });
    second.socket.write(readFrame(true));

    await first.closed;
    const taken = await second.response(1);
    expect(taken.case === "read" && taken.value.observations).toHaveLength(1);
  });
});

describe("a reader over the socket", () => {
  it("waits for the probing process, and finds it again after a restart", async () => {
    await using trial = await SpoolTrial.create();
    const path = join(trial.directory, "..", "socket", "spool.sock");
    const control = { describe: () => [], setIntervals: () => undefined, trigger: () => undefined };
    const identity = { nodeName: "bobcat", machineId: "", bootId: "b" };
    const local = createLocalReader({
      spool: trial.spool,
      control,
      identity,
      watchedPeers,
      leaving: staying,
      clock: trial.clock,
    });
    const serve = (): Promise<SpoolServer> =>
      serveSpool({ path, reader: local, clock: systemClock, logger: createSilentLogger() });
    const logger = createSilentLogger();
    await using reader = createSocketReader({ path, clock: systemClock, logger, random: () => 0 });
    const described = reader.describe(never);
    await systemClock.sleep(150, never);

    const first = await serve();
    expect((await described).nodeName).toBe("bobcat");
    await first[Symbol.asyncDispose]();
    await systemClock.sleep(20, never);
    await expect(reader.acknowledge([])).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
    await using _second = await serve();

    expect((await reader.describe(never)).nodeName).toBe("bobcat");
    expect(logger.lines.map((line) => line.message)).toEqual(["waiting for the probing process", "the probing process answers"]);
  });
});
