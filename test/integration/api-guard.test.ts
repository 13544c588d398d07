/** Nobody but this machine's own programs and the collector's own pages may use the API; browsers are told to trust nothing else. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";

let api: ApiHarness;

beforeAll(async () => {
  api = await startApi();
});

afterAll(() => api[Symbol.asyncDispose]());

/** fetch() does not let a test lie about Host and Origin. */
function statusOf(path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { host, port } = api.server.address;
    const sent = request({ host, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** Status of a refused handshake, or "open". */
function handshake(path: string, headers: Record<string, string>): Promise<number | "open" | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${api.server.url.replace("http", "ws")}${path}`, { headers });
    socket.on("open", () => {
      socket.close();
      resolve("open");
    });
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve(response.statusCode);
    });
    socket.on("error", reject);
  });
}

describe("the guard", () => {
  it("guards every address alike: API, files, stream", async () => {
    const own = `localhost:${api.server.address.port}`;
    for (const path of [
      "/api/v1/nodes",
      "/",
      "/assets/app.js",
      "/healthz",
      "/metrics",
      "/openapi.json",
      "/nowhere",
      "/api/v1/stream",
    ]) {
      expect(await statusOf(path, { host: "rebound.example" }), path).toBe(421);
      expect(await statusOf(path, { host: own, origin: "http://evil.example" }), path).toBe(403);
    }
  });

  it("guards the WebSocket handshake, which no same-origin policy does", async () => {
    const own = `localhost:${api.server.address.port}`;

    expect(await handshake("/api/v1/stream", { host: own, origin: "http://evil.example" })).toBe(403);
    expect(await handshake("/api/v1/stream", { host: "rebound.example", origin: "http://rebound.example" })).toBe(421);
    expect(await handshake("/api/v1/stream", { host: own, origin: `http://${own}` })).toBe("open");
    expect(await handshake("/api/v1/stream", {})).toBe("open");
  });

  it("sends no header that would let another site read", async () => {
    const { headers } = await api.get("/api/v1/nodes");

    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });

  it("tells browsers, with every answer, to trust nothing else", async () => {
    for (const path of ["/api/v1/nodes", "/", "/nowhere", "/api/v1/nodes?x=1"]) {
      const { headers } = await api.get(path);
      expect(headers.get("content-security-policy"), path).toMatch(/^default-src 'self'; .*frame-ancestors 'none'$/);
      expect(headers.get("content-security-policy"), path).not.toContain("unsafe");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("referrer-policy"), path).toBe("no-referrer");
      expect(headers.get("cross-origin-resource-policy"), path).toBe("same-origin");
    }
  });
});
