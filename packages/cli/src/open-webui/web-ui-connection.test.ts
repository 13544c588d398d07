import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { connectWebUi, readWebUiUrl, type WebUiConnection } from "./web-ui-connection.ts";

const { signal } = new AbortController();

async function served(listener: RequestListener, patienceMs?: number): Promise<WebUiConnection & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on an address has one.
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { ...connectWebUi({ url, key: "sk-secret", ca: undefined }, patienceMs), [Symbol.asyncDispose]: close };
}

describe("connectWebUi", () => {
  it("does not follow to another place, and so shows the key to nobody else", async () => {
    const asked: unknown[] = [];
    await using other = await served((request, response) => {
      asked.push(request.headers.authorization);
      response.end("{}");
    });
    await using moved = await served((_, response) => response.writeHead(307, { location: `${other.place}/api` }).end());

    expect(await moved.ask("/api/version", { a: 1 }, signal)).toMatchObject({ status: 307, location: `${other.place}/api` });
    expect(asked).toEqual([]);
  });

  it("gives up an answer that comes drop by drop", async () => {
    await using slow = await served((_, response) => {
      const drip = setInterval(() => response.write(" "), 10);
      response.on("close", () => clearInterval(drip));
    }, 150);

    await expect(slow.ask("/api/version", undefined, signal)).rejects.toThrow("gave no whole answer within 0.15 s");
  });

  it("ends with an interruption", async () => {
    await using silent = await served(() => undefined);
    const interrupted = new AbortController();
    const asking = silent.ask("/api/version", undefined, interrupted.signal);
    interrupted.abort();

    await expect(asking).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("readWebUiUrl", () => {
  it.each(["https://mika:hunter2@chat.example.org", "ftp://mika:hunt@er2@chat.example.org"])(
    "repeats no password of %s",
    (text) => {
      expect(() => readWebUiUrl(text, false)).toThrow(expect.not.stringContaining("er2"));
    },
  );

  it("sends no key to another machine in the open unless somebody says so", () => {
    expect(() => readWebUiUrl("chat.example.org", false)).toThrow("in the open");
    expect(readWebUiUrl("chat.example.org", true).href).toBe("http://chat.example.org/");
  });
});
