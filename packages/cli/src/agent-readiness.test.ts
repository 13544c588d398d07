import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { agentTroubles } from "./agent-readiness.ts";

const never = new AbortController().signal;

async function anAgent(status: number, text: string): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((_, response) => response.writeHead(status).end(text)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

describe("agentTroubles", () => {
  it("tells in an agent's own words why it is not ready, of all that run here", async () => {
    await using probing = await anAgent(200, "ready\n");
    await using reporting = await anAgent(
      503,
      "no stream to a collector for 9 s: the collector refused: this credential was revoked\n",
    );

    expect(await agentTroubles(never, [probing.address, reporting.address, "127.0.0.1:1"])).toEqual([
      "no stream to a collector for 9 s: the collector refused: this credential was revoked",
    ]);
  });

  it("takes nobody for no trouble", async () => {
    expect(await agentTroubles(never, ["127.0.0.1:1"])).toEqual([]);
  });
});
