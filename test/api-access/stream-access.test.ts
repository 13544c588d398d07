/** The stream asks for the same proof as everything else, and ends when the proof does. */
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import type { DoorKind } from "../../collector/src/api/doors/door.ts";
import { type AllDoors, openAllDoors, proxySecret, publicName } from "./all-doors.ts";

let doors: AllDoors;
let sockets: WebSocket[] = [];

beforeEach(async () => {
  doors = await openAllDoors();
});

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
  await doors[Symbol.asyncDispose]();
});

interface Opened {
  /** "open", or the status of the refusal. */
  readonly outcome: "open" | number | undefined;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

function open(door: DoorKind, headers: Record<string, string> = {}): Promise<Opened> {
  const { host, port, socketPath, isTls } = doors.way(door);
  const url = socketPath === undefined ? `${isTls ? "wss" : "ws"}://${host}:${port}` : `ws+unix:${socketPath}:`;
  const own = door === "public" || door === "proxy" ? { host: publicName } : {};
  const options: ClientOptions = { headers: { ...own, ...headers }, rejectUnauthorized: false };
  const socket = new WebSocket(`${url}/api/v1/stream`, options);
  sockets.push(socket);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  return new Promise((resolve, reject) => {
    socket.on("message", () => resolve({ outcome: "open", closed }));
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve({ outcome: response.statusCode, closed });
    });
    socket.on("error", reject);
  });
}

/** How a stream that is opened and closed before its first message ends. */
function closedAtOnce(headers: Record<string, string>): Promise<{ readonly code: number; readonly reason: string }> {
  const { host, port } = doors.way("public");
  const options = { headers: { host: publicName, ...headers }, rejectUnauthorized: false };
  const socket = new WebSocket(`wss://${host}:${port}/api/v1/stream`, options);
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    socket.on("error", reject);
  });
}

const plain = { "x-authentik-username": "ada", "x-authentik-groups": "viewers", "x-nodekeeper-proxy-secret": proxySecret };

async function aToken(scopes: readonly ("read" | "health:read")[], ttlMs?: number) {
  return await doors.api.registry.createApiToken({ name: `t${Math.random()}`, scopes, ttlMs, by: "test" });
}

describe("the stream", () => {
  it("is open to whoever may read, at every door", async () => {
    const { text } = await aToken(["read"]);
    const jwt = await doors.login.token("ada", ["viewers"]);

    expect((await open("local")).outcome).toBe("open");
    expect((await open("admin")).outcome).toBe("open");
    expect((await open("public", { authorization: `Bearer ${text}` })).outcome).toBe("open");
    expect((await open("public", { "x-authentik-jwt": jwt })).outcome).toBe("open");
    expect((await open("proxy", plain)).outcome).toBe("open");
  });

  it("is closed to all others", async () => {
    const { text } = await aToken(["health:read"]);

    expect((await open("public")).outcome).toBe(401);
    expect((await open("public", { authorization: "Bearer nkt_000000000000_x" })).outcome).toBe(401);
    expect((await open("public", { "x-authentik-username": "ada" })).outcome).toBe(401);
    expect((await open("public", { "x-authentik-jwt": await doors.login.token("ada", []) })).outcome).toBe(403);
    expect((await open("public", { authorization: `Bearer ${text}` })).outcome).toBe(403);
    expect((await open("proxy")).outcome).toBe(401);
    expect((await open("proxy", { ...plain, "x-nodekeeper-proxy-secret": "x" })).outcome).toBe(401);
    expect((await open("local", { "x-authentik-username": "ada" })).outcome).toBe(401);
  });

  it("is closed to pages of other sites, whoever looks at them", async () => {
    const jwt = await doors.login.token("ada", ["viewers"]);

    expect((await open("public", { "x-authentik-jwt": jwt, origin: "https://evil.example" })).outcome).toBe(403);
    expect((await open("public", { "x-authentik-jwt": jwt, host: "evil.example", origin: "https://evil.example" })).outcome).toBe(
      421,
    );
    expect((await open("proxy", { ...plain, origin: "https://evil.example" })).outcome).toBe(403);
    expect((await open("public", { "x-authentik-jwt": jwt, origin: `https://${publicName}` })).outcome).toBe("open");
  });

  it("ends within two seconds when its token is revoked, and goes on for all others", async () => {
    const { text, record } = await aToken(["read"]);
    const other = await aToken(["read"]);
    const mine = await open("public", { authorization: `Bearer ${text}` });
    const theirs = await open("public", { authorization: `Bearer ${other.text}` });
    let isTheirsClosed = false;
    void theirs.closed.then(() => {
      isTheirsClosed = true;
    });
    const startedAt = performance.now();

    await doors.api.registry.revokeToken(record.id);

    expect(await mine.closed).toEqual({ code: 4401, reason: "the token was revoked" });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(isTheirsClosed).toBe(false);
    expect((await open("public", { authorization: `Bearer ${text}` })).outcome).toBe(401);
  });

  it("ends when the login is past its time", async () => {
    const exp = Math.floor(Date.now() / 1000) + 2;
    const jwt = await doors.login.token("ada", ["viewers"], { claims: { exp } });

    const { outcome, closed } = await open("public", { "x-authentik-jwt": jwt });

    expect(outcome).toBe("open");
    expect(await closed).toEqual({ code: 4401, reason: "the login is past its time" });
  });

  it("keeps places for others, however many one token asks for", async () => {
    await using few = await openAllDoors({ limits: { maximumClientsOfOne: 2 } });
    const before = doors;
    doors = few;
    try {
      const one = `Bearer ${(await aToken(["read"])).text}`;
      const other = `Bearer ${(await aToken(["read"])).text}`;
      await open("public", { authorization: one });
      await open("public", { authorization: one });

      const third = await closedAtOnce({ authorization: one });

      expect(third).toEqual({ code: 1013, reason: "the stream has 2 clients of yours, as many as it may" });
      expect((await open("public", { authorization: other })).outcome).toBe("open");
    } finally {
      doors = before;
    }
  });

  it("does not end when the certificate changes, and newcomers see the new one", async () => {
    const { text } = await aToken(["read"]);
    const { outcome, closed } = await open("public", { authorization: `Bearer ${text}` });
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    const before = doors.authority.current.certificateChain;

    await doors.authority.rotate({ isImmediate: true });
    const after = doors.authority.current;
    const again = await open("public", { authorization: `Bearer ${text}` });

    expect(after.certificateChain).not.toBe(before);
    expect(await isTrusted(after.caCertificates.slice(0, 1))).toBe(true);
    expect([outcome, again.outcome, isClosed]).toEqual(["open", "open", false]);
  });
});

/** Whether a newcomer that trusts only these authorities trusts the public door. */
function isTrusted(authorities: readonly Uint8Array[]): Promise<boolean> {
  const { host, port } = doors.way("public");
  const ca = authorities.map(
    (der) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`,
  );
  return new Promise((resolve) => {
    const socket = connect({ host: String(host), port: Number(port), servername: publicName, ca, minVersion: "TLSv1.3" }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
