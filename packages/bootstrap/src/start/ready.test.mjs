import { once } from "node:events";
import { createServer } from "node:http";

import { describe, expect, it } from "vitest";

import { waitUntilReady } from "./ready.mjs";

const never = new AbortController().signal;

describe("waitUntilReady", () => {
  it("waits until the answer is 200", async () => {
    let asked = 0;
    const server = await answering(() => (++asked < 3 ? 503 : 200));

    expect(await waitUntilReady(server.url, 5000, never)).toBeUndefined();
    expect(asked).toBe(3);
    server.close();
  });

  it("gives the last answer when the patience is at its end", async () => {
    const server = await answering(() => 503);

    expect(await waitUntilReady(server.url, 100, never)).toBe("503 no probe has run yet");
    server.close();
  });

  it("ends when it is told to", async () => {
    const controller = new AbortController();
    const wait = waitUntilReady("http://127.0.0.1:9/readyz", 60_000, controller.signal);

    controller.abort();

    expect(await wait).toContain("ECONNREFUSED");
  });
});

/** @param {() => number} status */
async function answering(status) {
  const server = createServer((_request, response) => {
    response.statusCode = status();
    response.end("no probe has run yet");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not an IP socket");
  return { url: `http://127.0.0.1:${address.port}/readyz`, close: () => server.close() };
}
