import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { connectionCount, type Seen, tailscaled } from "../test-support/local-services.ts";

const never = new AbortController().signal;

describe("following tailscaled", () => {
  const watch = { service: "tailscale", question: "watch" } as const;

  it("hands on each line, however it was cut, and ends with the service", async () => {
    const seen: Seen[] = [];
    const { client } = await tailscaled((request, response) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body: "" });
      response.write('{"State":');
      setImmediate(() => response.end('6}\n{"Version":"ü"}\n\n{"Last":1}'));
    });
    const lines: string[] = [];

    await client.follow(watch, { onLine: (line) => lines.push(line), connectTimeoutMs: 5_000, signal: never });

    expect(lines).toEqual(['{"State":6}', '{"Version":"ü"}', '{"Last":1}']);
    const mask = Number(/^\/localapi\/v0\/watch-ipn-bus\?mask=(\d+)$/.exec(seen[0]?.url ?? "")?.[1]);
    expect(mask & (1 << 4)).toBe(1 << 4); // no private keys
    expect(mask & (1 << 3)).toBe(0); // not the whole network at once
  });

  it("stays for ever where nothing is said, until it is not wanted any more", async () => {
    const clock = new FakeClock();
    const { client, server } = await tailscaled((_, response) => void response.write("{}\n"), clock);
    const controller = new AbortController();
    const first = Promise.withResolvers<string>();
    const following = client.follow(watch, { onLine: first.resolve, connectTimeoutMs: 5_000, signal: controller.signal });
    following.catch(() => undefined);
    expect(await first.promise).toBe("{}");

    await clock.advance(86_400_000);
    expect(await connectionCount(server)).toBe(1);
    controller.abort();

    await expect(following).rejects.toMatchObject({ code: "ABORTED" });
    await expect.poll(() => connectionCount(server)).toBe(0);
    expect(clock.sleeperCount).toBe(0);
  });

  it("gives up where no connection comes about", async () => {
    const clock = new FakeClock();
    const asked = Promise.withResolvers<void>();
    const { client } = await tailscaled(() => asked.resolve(), clock);
    const following = client.follow(watch, { onLine: () => undefined, connectTimeoutMs: 5_000, signal: never });
    following.catch(() => undefined);
    await asked.promise;

    await clock.advance(5_000);

    await expect(following).rejects.toMatchObject({
      code: "PEER_UNREACHABLE",
      message: "cannot watch tailscale: no answer within 5 s",
    });
  });

  it("says why it is refused", async () => {
    const { client } = await tailscaled((_, response) => response.writeHead(403).end("watch ipn bus access denied\n"));

    await expect(client.follow(watch, { onLine: () => undefined, connectTimeoutMs: 5_000, signal: never })).rejects.toMatchObject(
      {
        code: "PEER_REFUSED",
        message: "cannot watch tailscale: it answered 403: watch ipn bus access denied",
      },
    );
  });

  it("takes no line without an end", async () => {
    const { client } = await tailscaled((_, response) => response.end("x".repeat(2 * 1024 * 1024)));

    await expect(client.follow(watch, { onLine: () => undefined, connectTimeoutMs: 5_000, signal: never })).rejects.toMatchObject(
      {
        code: "HOST_OUTPUT_TOO_LARGE",
      },
    );
  });

  it("ends with what its reader throws", async () => {
    const { client, server } = await tailscaled((_, response) => void response.write("{}\n"));
    const onLine = (): never => {
      throw new Error("not to be read");
    };

    await expect(client.follow(watch, { onLine, connectTimeoutMs: 5_000, signal: never })).rejects.toMatchObject({
      code: "INTERNAL",
      message: "not to be read",
    });
    await expect.poll(() => connectionCount(server)).toBe(0);
  });
});
