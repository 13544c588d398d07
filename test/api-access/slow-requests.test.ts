/** Who sends a request drop by drop, or never ends it, is let go, at every door; others are served meanwhile. */
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoorKind } from "../../collector/src/api/doors/door.ts";
import { type AllDoors, doorKinds, openAllDoors, publicName } from "./all-doors.ts";

/** Without the limits that are set here it would be ten seconds and a minute. */
const limitMs = 9_000;

let doors: AllDoors;

beforeAll(async () => {
  const limits = { requestTimeoutMs: 400, connectionsCheckMs: 100, connectionTimeoutMs: 1_500, maximumConnections: 20 };
  doors = await openAllDoors({ limits });
});

afterAll(() => doors[Symbol.asyncDispose]());

function open(door: DoorKind): Socket {
  const { host, port, socketPath, isTls } = doors.way(door);
  if (socketPath !== undefined && socketPath !== null) return connect(socketPath);
  const place = { host: String(host), port: Number(port) };
  return isTls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
}

/** What came until the other side closed, and after how long. */
function untilClosed(socket: Socket): Promise<{ readonly text: string; readonly ms: number }> {
  const startedAt = performance.now();
  let text = "";
  socket.on("data", (part) => {
    text += part.toString();
  });
  socket.on("error", () => undefined); // a reset is an end too
  return new Promise((resolve) => socket.on("close", () => resolve({ text, ms: performance.now() - startedAt })));
}

/** Sends a drop every so often until the other side closes. */
async function drip(socket: Socket, head: string, drop: string): Promise<{ readonly text: string; readonly ms: number }> {
  const closed = untilClosed(socket);
  socket.write(head);
  const timer = setInterval(() => socket.writable && socket.write(drop), 50);
  const result = await closed;
  clearInterval(timer);
  return result;
}

describe.each(doorKinds)("the %s door", (door) => {
  it("lets go who sends headers drop by drop", async () => {
    const { text, ms } = await drip(open(door), `GET /healthz HTTP/1.1\r\nHost: ${publicName}\r\n`, "x: y\r\n");

    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(ms).toBeLessThan(limitMs);
  });

  it("lets go who sends a body drop by drop", async () => {
    const head = `POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{`;

    expect((await drip(open(door), head, " ")).ms).toBeLessThan(limitMs);
  });

  it("lets go who says nothing at all", async () => {
    expect((await untilClosed(open(door))).ms).toBeLessThan(limitMs);
  });

  it("serves others while as many as it takes are slow, as soon as these are let go", async () => {
    const slow = Array.from({ length: 20 }, () => drip(open(door), "GET / HTTP/1.1\r\n", "x: y\r\n"));
    const isServed = async (): Promise<number> => (await doors.ask(door, "/healthz").catch(() => ({ status: 0 }))).status;

    await expect.poll(isServed, { timeout: 15_000, interval: 100 }).toBe(200);
    await Promise.all(slow);
  });
});
