/** Checks against servers that speak HTTP on real sockets, and fail in the ways in which Ollama does. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError, createLogger, systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it, vi } from "vitest";
import { createOllamaClient, type OllamaClient } from "../clients/ollama/ollama-client.ts";
import { createServerChecks, type ServerChecks } from "./check-servers.ts";

interface Double extends AsyncDisposable {
  readonly url: string;
  mode: "well" | "hanging" | "500" | "no JSON" | "redirect" | "endless";
  readonly asked: string[];
}

const tags = {
  models: [{ name: "granite4:3b", model: "granite4:3b", size: 2_000, digest: "sha256:a", capabilities: ["completion"] }],
};
const loaded = {
  models: [
    {
      model: "granite4:3b",
      size: 3_000,
      size_vram: 3_000,
      digest: "sha256:a",
      expires_at: "2318-01-01T00:00:00Z",
      context_length: 4096,
    },
  ],
};
const bodies: Readonly<Record<string, unknown>> = {
  "/api/version": { version: "0.32.15" },
  "/api/tags": tags,
  "/api/ps": loaded,
};

async function startDouble(): Promise<Double> {
  const double = { mode: "well" as Double["mode"], asked: [] as string[] };
  const server: Server = createServer((request, response) => {
    double.asked.push(request.url ?? "");
    switch (double.mode) {
      case "hanging":
        return;
      case "500":
        return void response.writeHead(500).end('{"error":"llama runner process has terminated"}');
      case "no JSON":
        return void response.end("<html>");
      case "redirect":
        return void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
      case "endless":
        return void setImmediate(function more() {
          if (!response.destroyed) response.write("x".repeat(1 << 16), () => setImmediate(more));
        });
      default:
        return void response.end(JSON.stringify(bodies[request.url ?? ""] ?? {}));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return Object.assign(double, {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function checksOf(): ServerChecks {
  const logger = createLogger("test", "error");
  return createServerChecks({
    client: createOllamaClient(),
    clock: systemClock,
    random: Math.random,
    logger,
    onChanged: () => undefined,
  });
}

describe("a check of an Ollama server", () => {
  it("leaves no question behind where one of two fails and the other hangs", async () => {
    const clock = new FakeClock();
    const hanging = new Set<AbortSignal>();
    const client: OllamaClient = {
      version: async () => "0.32.15",
      tags: () => Promise.reject(new AppError("PEER_REFUSED", "it answers /api/tags with 500")),
      loaded: (_, signal) =>
        new Promise((_, reject) => {
          hanging.add(signal);
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
      unload: async () => undefined,
    };
    const logger = createLogger("test", "error");
    const checks = createServerChecks({ client, clock, random: () => 0.5, logger, onChanged: () => undefined });
    checks.watch(new Map([["http://10.0.0.9:11434", { isAskedForModels: true }]]));
    await clock.advance(120_000);
    const left = [...hanging].filter(({ aborted }) => !aborted).length;
    await checks[Symbol.asyncDispose]();

    expect(hanging.size).toBeGreaterThan(3);
    expect(left).toBeLessThanOrEqual(1);
    expect([...hanging].every(({ aborted }) => aborted)).toBe(true);
  });
});

// Each waits for real answers, with servers of its own.
describe("checks of Ollama servers", { concurrent: true }, () => {
  it("find one that answers, and ask it what it has where no agent says so", { timeout: 10_000 }, async () => {
    await using double = await startDouble();
    await using checks = checksOf();

    checks.watch(new Map([[double.url, { isAskedForModels: true }]]));

    await vi.waitFor(() => expect(checks.reachOf(double.url).kind).toBe("up"), { timeout: 5_000 });
    await vi.waitFor(() => expect(checks.wordOf(double.url)?.version).toBe("0.32.15"), { timeout: 5_000 });
    expect(checks.wordOf(double.url)).toMatchObject({
      version: "0.32.15",
      models: [{ name: "granite4:3b", digest: "a", sizeBytes: 2_000, capabilities: ["completion"] }],
      loaded: [{ name: "granite4:3b", vramBytes: 3_000, contextLengthTokens: 4096 }],
    });
    expect(checks.wordOf(double.url)?.loaded[0]).not.toHaveProperty("expiresAtMs"); // the year 2318 is for ever
  });

  it("ask one of which an agent speaks only whether it answers", { timeout: 10_000 }, async () => {
    await using double = await startDouble();
    await using checks = checksOf();
    checks.watch(new Map([[double.url, { isAskedForModels: false }]]));

    await vi.waitFor(() => expect(checks.reachOf(double.url).kind).toBe("up"), { timeout: 5_000 });

    expect(new Set(double.asked)).toEqual(new Set(["/api/version"]));
    checks.watch(new Map());
    expect(checks.reachOf(double.url).kind).toBe("unknown");
  });

  it.each<[Double["mode"], RegExp]>([
    ["hanging", /no answer within 1.5 s/],
    ["500", /answers \/api\/version with 500/],
    ["no JSON", /is no JSON/],
    ["redirect", /answers \/api\/version with 302/],
    ["endless", /larger than 4 MiB/],
  ])("know within five seconds that one is %s", { timeout: 12_000 }, async (mode, problem) => {
    await using double = await startDouble();
    await using checks = checksOf();
    checks.watch(new Map([[double.url, { isAskedForModels: true }]]));
    await vi.waitFor(
      () => expect([checks.reachOf(double.url).kind, checks.wordOf(double.url)?.version]).toEqual(["up", "0.32.15"]),
      {
        timeout: 5_000,
      },
    );

    double.mode = mode;

    await vi.waitFor(
      () => expect(checks.reachOf(double.url)).toMatchObject({ kind: "down", problem: expect.stringMatching(problem) }),
      {
        timeout: 5_000,
      },
    );
    expect(checks.wordOf(double.url)?.models.map(({ name }) => name)).toEqual(["granite4:3b"]); // still what is known of it
  });

  it("know that nobody listens, and end at once", { timeout: 10_000 }, async () => {
    const { url, ...double } = await startDouble();
    await double[Symbol.asyncDispose]();
    const checks = checksOf();
    checks.watch(new Map([[url, { isAskedForModels: false }]]));

    await vi.waitFor(
      () => expect(checks.reachOf(url)).toMatchObject({ kind: "down", problem: expect.stringContaining("ECONNREFUSED") }),
      { timeout: 5_000 },
    );

    const beganAtMs = performance.now();
    await checks[Symbol.asyncDispose]();
    expect(performance.now() - beganAtMs).toBeLessThan(500);
  });
});
