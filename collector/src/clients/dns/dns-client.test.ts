import { describe, expect, it } from "vitest";
import { startNameServer, type ZoneAnswer } from "../../test-support/fake-name-server.ts";
import { createDnsClient } from "./dns-client.ts";

const never = new AbortController().signal;
const ask = async (answer: ZoneAnswer, signal = never) => {
  await using server = await startNameServer(() => answer);
  const addresses = await createDnsClient({ servers: [server.address], timeoutMs: 100 }).addressesOf("x.home.example", signal);
  return { addresses, asked: [...server.asked] };
};

describe("the client of name servers", () => {
  it("gives the addresses of both families", async () => {
    expect(await ask({ a: ["100.64.0.1", "100.64.0.2"], aaaa: ["fd7a:115c:a1e0::1"] })).toEqual({
      addresses: ["100.64.0.1", "100.64.0.2", "fd7a:115c:a1e0::1"],
      asked: expect.arrayContaining(["x.home.example A", "x.home.example AAAA"]),
    });
  });

  it("takes it for an answer that there is no such name, or no address of a family", async () => {
    expect((await ask("no such name")).addresses).toEqual([]);
    expect((await ask({ a: ["100.64.0.1"] })).addresses).toEqual(["100.64.0.1"]);
    expect((await ask({})).addresses).toEqual([]);
  });

  it.each(["failed", "silence"] as const)("does not take it for an answer: %s", async (answer) => {
    await expect(ask(answer)).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
      message: expect.stringMatching(/^x\.home\.example could not be resolved: E/),
    });
  });

  it("does not wait when nobody waits for it any more", async () => {
    const stopping = new AbortController();
    const asking = ask("silence", stopping.signal);
    const startedAtMs = performance.now();
    setTimeout(() => stopping.abort(), 20);

    await expect(asking).rejects.toMatchObject({ code: "ABORTED" });
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});
