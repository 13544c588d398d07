/** An Ollama that takes its time, on a real socket: while it loads or unloads a model, it is silent for seconds. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it, onTestFinished } from "vitest";
import { createServiceClient } from "../host/ask-service.ts";
import { createOllamaProbe } from "./ollama.ts";
import { ipv4Listener, OllamaHost } from "./test-support/ollama-machine.ts";
import { factsAt, runToPayload } from "./test-support/payload-view.ts";

const model = { name: "granite4:3b", digest: "a".repeat(64), size: 2_102_055_133, size_vram: 0 };
const probe = createOllamaProbe();

interface Stalling {
  readonly host: OllamaHost;
  readonly clock: FakeClock;
  /** The answer that a request waits for at a path. */
  waitsAt(path: string): Promise<ServerResponse>;
}

/** A server that answers at once, save at some paths. */
async function machine(...slowPaths: readonly string[]): Promise<Stalling> {
  const waiting = new Map<string, ServerResponse>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    if (slowPaths.includes(path)) waiting.set(path, response);
    else response.end(path === "/api/version" ? '{"version":"0.32.15"}' : JSON.stringify({ models: [model] }));
    server.emit("asked");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const clock = new FakeClock();
  const client = createServiceClient({ root: "/", clock });
  const host = new OllamaHost();
  host.ask = (request, options = { timeoutMs: 1, signal: new AbortController().signal }) => client.ask(request, options);
  host.start({ listeners: [ipv4Listener("0100007F", port)] });
  const waitsAt = async (path: string): Promise<ServerResponse> => {
    for (let response = waiting.get(path); ; response = waiting.get(path)) {
      if (response !== undefined) return response;
      await once(server, "asked");
    }
  };
  return { host, clock, waitsAt };
}

const listOf = (payload: Awaited<ReturnType<typeof runToPayload>>, kind: string): string | undefined => {
  const list = payload.lists.find((each) => each.kind === kind);
  return list?.isComplete === true ? "complete" : list?.failure?.message;
};

describe("an Ollama that stalls", () => {
  it("for ten seconds is waited for", async () => {
    const { host, clock, waitsAt } = await machine("/api/ps");
    const run = runToPayload(probe, host);

    const response = await waitsAt("/api/ps");
    await clock.advance(10_000);
    response.end(JSON.stringify({ models: [model] }));

    const payload = await run;
    expect(factsAt(payload, "ollama_loaded_model", "granite4:3b")).toMatchObject({ sizeVramBytes: "0" });
    expect(listOf(payload, "ollama_loaded_model")).toBe("complete");
  });

  it("for longer leaves its loaded models unknown, never none, and tells the rest", async () => {
    const { host, clock, waitsAt } = await machine("/api/ps");
    const run = runToPayload(probe, host);

    await waitsAt("/api/ps");
    await clock.advance(11_000);

    const payload = await run;
    expect(listOf(payload, "ollama_loaded_model")).toMatch(/no answer within 11 s$/);
    expect(listOf(payload, "ollama_model")).toBe("complete");
    expect(factsAt(payload, "ollama_server")).toMatchObject({ version: "0.32.15" });
  });

  it("at everything is a server that runs, of whose models nothing is known", async () => {
    const { host, clock, waitsAt } = await machine("/api/version");
    const run = runToPayload(probe, host);

    await waitsAt("/api/version");
    await clock.advance(2_000);

    const payload = await run;
    expect(factsAt(payload, "ollama_server")).toMatchObject({ isRunning: true });
    expect([listOf(payload, "ollama_model"), listOf(payload, "ollama_loaded_model")]).toEqual(
      Array.from({ length: 2 }, () => expect.stringMatching(/no answer within 2 s$/)),
    );
  });

  it("holds the run no longer than the probe's own time", async () => {
    const { host, clock, waitsAt } = await machine("/api/tags", "/api/ps");
    const run = runToPayload(probe, host);

    await Promise.all([waitsAt("/api/tags"), waitsAt("/api/ps")]);
    await clock.advance(11_000);

    expect((await run).lists.every(({ isComplete }) => !isComplete)).toBe(true);
    expect(clock.monotonicMs()).toBeLessThan(probe.timeoutMs);
    expect(clock.sleeperCount).toBe(0);
  });
});
