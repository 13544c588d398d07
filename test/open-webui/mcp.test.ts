/** MCP with the official client: one short session for each chat request, as Open WebUI has it. */
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiHarness } from "../../collector/src/api/test-support/api-harness.ts";
import { tools } from "../../collector/src/api/tools/index.ts";
import type { Scope } from "../../collector/src/identity/scope.ts";
import { aGpuHouse } from "./gpu-house.ts";

let api: ApiHarness;
let tokenCount = 0;

beforeAll(async () => {
  api = await aGpuHouse([{ name: "siberian", models: { "llama3.1:8b": 5 } }]);
});

afterAll(() => api[Symbol.asyncDispose]());

async function tokenWith(...scopes: readonly Scope[]): Promise<string> {
  tokenCount += 1;
  const name = `webui-${tokenCount}`;
  const { text } = await api.registry.createApiToken({ name, scopes: [...scopes], ttlMs: undefined, by: "test" });
  return text;
}

/** A connection of its own for each session, which ends with it, as Open WebUI's client has it. */
async function session<T>(token: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ name: "test", version: "1" });
  const headers = { authorization: `Bearer ${token}`, connection: "close" };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${api.server.url}/mcp`), { requestInit: { headers } }));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function post(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${api.server.url}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

const request = (method: string, params: object = {}) => ({ jsonrpc: "2.0", id: 1, method, params });

describe("POST /mcp", () => {
  it("tells the official client its tools, and answers with JSON in a text", async () => {
    const { server, listed, called } = await session(await tokenWith("gpu:read", "health:read"), async (client) => ({
      server: client.getServerVersion(),
      listed: (await client.listTools()).tools,
      called: await client.callTool({ name: "can_run_model", arguments: { model: "llama3.1:8b", chat_id: "7" } }),
    }));

    expect(server?.name).toBe("nodekeeper");
    expect(listed.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
    expect(listed.find(({ name }) => name === "can_run_model")?.inputSchema).toMatchObject({
      type: "object",
      properties: { model: { type: "string", description: expect.stringContaining("llama3.1:8b") } },
      required: ["model"],
    });
    expect(called.isError).not.toBe(true);
    const [block] = called.content;
    const told: unknown = JSON.parse(block?.type === "text" ? block.text : "");
    expect(told).toMatchObject({ answer: "yes", text: expect.stringContaining("siberian") });
    expect(called.structuredContent).toEqual(told);
  });

  it("says in words what a model did wrong", async () => {
    const failed = await session(await tokenWith("read"), (client) =>
      client.callTool({ name: "node_health", arguments: { node: "sibirian" } }),
    );

    expect(failed.isError).toBe(true);
    expect(failed.content).toEqual([{ type: "text", text: 'no machine is called "sibirian". Ask again with one of: siberian' }]);
  });

  it("shows only tools that the token may use, and refuses the others, and tokens that may use none", async () => {
    const token = await tokenWith("gpu:read");
    const names = await session(token, async (client) => (await client.listTools()).tools.map(({ name }) => name));
    const refused = await session(token, (client) => client.callTool({ name: "node_health", arguments: {} }));
    const metrics = await post(request("initialize"), { authorization: `Bearer ${await tokenWith("metrics:read")}` });

    expect(names).toEqual(tools.filter(({ access }) => access === "gpu:read").map(({ name }) => name));
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('needs the right "health:read"') }],
    });
    expect(metrics).toMatchObject({ status: 403, body: { detail: expect.stringContaining("gpu:read") } });
    expect((await post(request("ping"), { authorization: "Bearer wrong" })).status).toBe(401);
  });

  it("agrees on a version that both speak", async () => {
    const versions = await Promise.all(
      ["2025-11-25", "2025-06-18", "2025-03-26", "1999-01-01"].map(async (protocolVersion) => {
        const { body } = await post(request("initialize", { protocolVersion, capabilities: {}, clientInfo: {} }));
        return (body as { readonly result: { readonly protocolVersion: string } }).result.protocolVersion;
      }),
    );

    expect(versions).toEqual(["2025-11-25", "2025-06-18", "2025-03-26", "2025-11-25"]);
    expect(await post(request("ping"), { "mcp-protocol-version": "2025-06-18" })).toEqual({
      status: 200,
      body: { jsonrpc: "2.0", id: 1, result: {} },
    });
    expect(await post(request("ping"), { "mcp-protocol-version": "1999-01-01" })).toMatchObject({
      status: 400,
      body: { id: 1, error: { code: -32_600, message: expect.stringContaining("2025-11-25") } },
    });
  });

  it("refuses what is no request of its own in the words of JSON-RPC", async () => {
    const errorOf = async (body: unknown) => {
      const { status, body: answer } = await post(body);
      return [status, (answer as { readonly error: { readonly code: number } }).error.code];
    };

    expect(await errorOf([request("ping")])).toEqual([400, -32_600]);
    expect(await errorOf({ id: 1, method: "ping" })).toEqual([400, -32_600]);
    expect(await errorOf(request("resources/list"))).toEqual([200, -32_601]);
    expect(await errorOf(request("tools/call", { name: "rm" }))).toEqual([200, -32_602]);
    expect(await errorOf(request("tools/call", { name: "list_gpus", arguments: [] }))).toEqual([200, -32_602]);
    expect((await post("{")).status).toBe(400);
    expect((await post({ jsonrpc: "2.0", method: "notifications/initialized" })).status).toBe(202);
  });

  it("has no streams: other methods are 405, and no page of another site may ask", async () => {
    const got = await fetch(`${api.server.url}/mcp`, { headers: { accept: "text/event-stream" } });
    const ended = await fetch(`${api.server.url}/mcp`, { method: "DELETE" });

    expect([got.status, got.headers.get("allow"), ended.status]).toEqual([405, "POST", 405]);
    expect((await post(request("ping"), { origin: "http://evil.example" })).status).toBe(403);
  });

  it("keeps nothing of 100 sessions", async () => {
    const token = await tokenWith("gpu:read");
    const whole = (client: Client) =>
      client.listTools().then(() => client.callTool({ name: "list_gpus", arguments: { only_free: "True" } }));
    await session(token, whole);
    await expect.poll(() => handles().sockets, { timeout: 15_000 }).toBe(0);
    const before = handles();
    const startedAt = performance.now();

    for (let index = 0; index < 100; index += 1) expect((await session(token, whole)).isError).not.toBe(true);

    expect((performance.now() - startedAt) / 100).toBeLessThan(1_000);
    await expect.poll(handles, { timeout: 15_000 }).toEqual(before);
  });

  it("keeps nothing of 100 sessions at the same time, neither connections nor memory", async () => {
    const token = await tokenWith("gpu:read");
    const hundred = () =>
      Promise.all(
        Array.from({ length: 100 }, () => session(token, (client) => client.callTool({ name: "list_gpus", arguments: {} }))),
      );
    await hundred(); // until everything is compiled
    const before = { ...handles(), heapBytes: heapBytes() };

    await hundred();

    await expect.poll(() => handles().sockets, { timeout: 15_000 }).toBe(0);
    expect(handles().servers).toBe(before.servers);
    expect(heapBytes() - before.heapBytes).toBeLessThan(100 * bytesOfLeak);
  });

  it("would be told of connections and of memory that somebody leaves behind", async () => {
    await expect.poll(() => handles().sockets, { timeout: 15_000 }).toBe(0);
    const before = heapBytes();
    const { hostname, port } = new URL(api.server.url);
    const left = connect(Number(port), hostname);
    const leaked = Array.from({ length: 100 }, () => Array.from({ length: bytesOfLeak / 8 }, Math.random));

    await expect.poll(() => handles().sockets, { timeout: 15_000 }).toBe(2);
    expect(heapBytes() - before).toBeGreaterThan(leaked.length * bytesOfLeak * 0.9);
    left.destroy();
    await expect.poll(() => handles().sockets, { timeout: 15_000 }).toBe(0);
  });

  it("greets within 100 ms", async () => {
    const authorization = `Bearer ${await tokenWith("gpu:read")}`;
    const hello = request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} });
    const timesMs: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const beganAtMs = performance.now();
      expect((await post(hello, { authorization, connection: "close" })).status).toBe(200);
      timesMs.push(performance.now() - beganAtMs);
    }

    expect(timesMs.toSorted((a, b) => a - b)[10]).toBeLessThan(100);
  });
});

/** What a session would leave behind at least if it were kept: its server, transport and buffers. */
const bytesOfLeak = 32_768;

/** After everything was let go that nobody holds. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  for (let round = 0; round < 3; round += 1) collect();
  return process.memoryUsage().heapUsed;
}

/** What keeps the process awake: both ends of every connection lie in it. */
function handles(): { readonly sockets: number; readonly servers: number } {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return { sockets: counts["TCPSocketWrap"] ?? 0, servers: counts["TCPServerWrap"] ?? 0 };
}
