import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { connectionCount, keepIn, ollama, type Seen, tailscaled, temporaryRoot } from "../test-support/local-services.ts";
import { createServiceClient } from "./ask-service.ts";

const never = new AbortController().signal;
const options = { timeoutMs: 5_000, signal: never };

const client = createServiceClient({ root: "/", clock: systemClock });

describe("asking tailscaled", () => {
  it("goes to its socket inside the root, with the one host name that it takes and no origin", async () => {
    const seen: Seen[] = [];
    const { client } = await tailscaled(keepIn(seen));

    await expect(client.ask({ service: "tailscale", question: "status" }, options)).resolves.toEqual({ status: 200, text: "{}" });
    await client.ask({ service: "tailscale", question: "ping", address: "100.101.102.103" }, options);

    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET /localapi/v0/status",
      "POST /localapi/v0/ping?ip=100.101.102.103&type=disco",
    ]);
    for (const { headers } of seen) {
      expect(headers.host).toBe("local-tailscaled.sock");
      expect(headers.connection).toBe("close");
      expect(Object.keys(headers)).not.toContain("origin");
      expect(Object.keys(headers)).not.toContain("referer");
    }
  });

  it("says that there is no socket where Tailscale is not installed, and that nobody listens where it does not run", async () => {
    const root = await temporaryRoot();
    const here = createServiceClient({ root, clock: systemClock });
    const ask = () => here.ask({ service: "tailscale", question: "status" }, options);

    await expect(ask()).rejects.toMatchObject({ code: "HOST_FILE_MISSING", context: { errno: "ENOENT" } });
    await mkdir(join(root, "var/run/tailscale"), { recursive: true });
    await writeFile(join(root, "var/run/tailscale/tailscaled.sock"), "");
    await expect(ask()).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
      message: "cannot ask tailscale for its status: nobody listens (ECONNREFUSED)",
    });
  });

  it("hands a refusal on as an answer", async () => {
    const { client } = await tailscaled((_, response) => response.writeHead(403).end("status access denied\n"));

    await expect(client.ask({ service: "tailscale", question: "status" }, options)).resolves.toEqual({
      status: 403,
      text: "status access denied\n",
    });
  });
});

describe("asking ollama", () => {
  it("goes to the address, and says which model is meant", async () => {
    const seen: Seen[] = [];
    const version = await ollama(createServer(keepIn(seen)));

    for (const question of ["version", "tags", "ps"] as const) await client.ask({ ...version, question }, options);
    await client.ask({ ...version, question: "show", model: "hf.co/a/b:Q4_K_M" }, options);

    expect(seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
      "GET /api/version",
      "GET /api/tags",
      "GET /api/ps",
      'POST /api/show {"model":"hf.co/a/b:Q4_K_M"}',
    ]);
    expect(seen[0]?.headers.host).toBe(`127.0.0.1:${version.at.port}`);
  });

  it("follows no redirect", async () => {
    const seen: Seen[] = [];
    const other = await ollama(createServer(keepIn(seen)));
    const version = await ollama(
      createServer((_, response) => response.writeHead(307, { location: `http://127.0.0.1:${other.at.port}/` }).end()),
    );

    await expect(client.ask(version, options)).resolves.toMatchObject({ status: 307 });
    expect(seen).toEqual([]);
  });

  it("leaves no connection behind", async () => {
    const server = createServer((_, response) => response.setHeader("connection", "keep-alive").end("{}"));
    const version = await ollama(server);

    await client.ask(version, options);

    await expect.poll(() => connectionCount(server)).toBe(0);
  });

  it("says that nobody listens", async () => {
    const version = await ollama(createServer());
    const closed = { ...version, at: { ...version.at, port: 1 } };

    await expect(client.ask(closed, options)).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
      message: "cannot ask ollama at 127.0.0.1:1 for its version: nobody listens (ECONNREFUSED)",
    });
  });

  it("says that no HTTP is spoken", async () => {
    const version = await ollama(createTcpServer((socket) => void socket.resume().end("SSH-2.0-OpenSSH_9.9\r\n")));

    await expect(client.ask(version, options)).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
      message: expect.stringContaining("it does not speak HTTP (HPE_"),
    });
  });

  it("says that the connection was closed in the middle of an answer", async () => {
    const version = await ollama(
      createTcpServer((socket) => void socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"))),
    );

    await expect(client.ask(version, options)).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
  });

  it.each([
    { what: "at once", begin: "" },
    { what: "after the head of its answer", begin: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{" },
  ])("gives up on one that falls silent $what, and hangs up", async ({ begin }) => {
    const clock = new FakeClock();
    const impatient = createServiceClient({ root: "/", clock });
    const asked = Promise.withResolvers<void>();
    const server = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(begin, () => asked.resolve()));
    });
    const version = await ollama(server);
    const answer = impatient.ask(version, { timeoutMs: 3_000, signal: never });
    answer.catch(() => undefined);
    await asked.promise;

    await clock.advance(3_000);

    await expect(answer).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
      message: expect.stringMatching(/: no answer within 3 s$/),
    });
    await expect.poll(() => connectionCount(server)).toBe(0);
    expect(clock.sleeperCount).toBe(0);
  });

  it("takes no longer answer than is wanted", async () => {
    const endless = createServer((_, response) => {
      const write = (): void => {
        while (response.write("x".repeat(60_000)));
      };
      response.on("drain", write);
      write();
    });
    const version = await ollama(endless);

    await expect(client.ask(version, { ...options, maximumBytes: 100_000 })).rejects.toMatchObject({
      code: "HOST_OUTPUT_TOO_LARGE",
      message: expect.stringContaining("longer than 100000 bytes"),
    });
    await expect.poll(() => connectionCount(endless)).toBe(0);
  });

  it("ends when it is not wanted any more", async () => {
    const asked = Promise.withResolvers<void>();
    const server = createServer(() => asked.resolve());
    const version = await ollama(server);
    const controller = new AbortController();
    const answer = client.ask(version, { timeoutMs: 60_000, signal: controller.signal });
    answer.catch(() => undefined);
    await asked.promise;

    controller.abort();

    await expect(answer).rejects.toMatchObject({ code: "ABORTED" });
    await expect.poll(() => connectionCount(server)).toBe(0);
    await expect(client.ask(version, { timeoutMs: 60_000, signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
  });
});
