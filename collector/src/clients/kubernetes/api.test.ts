import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { answerLimitMs, createApi } from "./api.ts";
import type { ApiAnswer, Transport } from "./transport.ts";

const never = new AbortController().signal;
const request = { method: "GET", path: "/api/v1/nodes?watch=true&resourceVersion=5" } as const;
const longestMs = 300_000;

/** Gives the same answer to everything; its body goes on until the request is aborted, where `isEndless`. */
function transportOf(answer: ApiAnswer, isEndless = false): Transport {
  return {
    send: async () => answer,
    stream: async (_, signal) => ({
      ...answer,
      body: (async function* () {
        yield Buffer.from(answer.text);
        if (isEndless) await aborted(signal);
      })(),
    }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

describe("the API of a cluster", () => {
  it.each([
    { status: 404, code: "NOT_FOUND" },
    { status: 409, code: "CONFLICT" },
    { status: 400, code: "PEER_REFUSED" },
    { status: 403, code: "PEER_REFUSED" },
    { status: 422, code: "PEER_REFUSED" },
    { status: 410, code: "PEER_UNREACHABLE" },
    { status: 429, code: "PEER_UNREACHABLE" },
    { status: 503, code: "PEER_UNREACHABLE" },
  ])("answers with $status, which is $code, asked once or followed", async ({ status, code }) => {
    const text = JSON.stringify({ message: "no", details: { causes: [{ message: "because" }] } });
    const api = createApi(transportOf({ status, text }), new FakeClock());
    const error = {
      code,
      context: { status },
      message: `the cluster's API answered GET /api/v1/nodes with ${status}: no; because`,
    };

    await expect(api.ask(request, never)).rejects.toMatchObject(error);
    await expect(api.follow(request, longestMs, () => undefined, never)).rejects.toMatchObject(error);
  });

  it.each([
    { name: "its header", answer: { retryAfter: "7", text: "{}" }, retryAfterMs: 7_000 },
    { name: "its body", answer: { text: '{"details":{"retryAfterSeconds":2}}' }, retryAfterMs: 2_000 },
    {
      name: "nothing that we know",
      answer: { retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT", text: "busy" },
      retryAfterMs: undefined,
    },
  ])("says by $name when to come again", async ({ answer, retryAfterMs }) => {
    const api = createApi(transportOf({ status: 429, ...answer }), new FakeClock());

    const error = await api.ask(request, never).catch((thrown: unknown) => thrown);

    expect(Object(error).context).toEqual({ status: 429, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  });

  it("ends an answer that goes on for longer than it was asked to", async () => {
    const clock = new FakeClock();
    const lines: unknown[] = [];
    const api = createApi(transportOf({ status: 200, text: '{"a":1}\n' }, true), clock);

    const following = expect(api.follow(request, longestMs, (line) => lines.push(line), never)).rejects.toMatchObject({
      ...{ code: "PEER_UNREACHABLE", message: expect.stringContaining("to the end of GET /api/v1/nodes within 300 s") },
    });
    await clock.advance(longestMs - 1);
    expect([lines, clock.sleeperCount]).toEqual([[{ a: 1 }], 1]);
    await clock.advance(1);

    await following;
    expect(clock.sleeperCount).toBe(0);
  });

  it("does not wait as long for its beginning", async () => {
    const clock = new FakeClock();
    const api = createApi({ ...transportOf({ status: 200, text: "" }), stream: (_, signal) => aborted(signal) }, clock);

    const following = expect(api.follow(request, longestMs, () => undefined, never)).rejects.toMatchObject({
      ...{ code: "PEER_UNREACHABLE", message: expect.stringContaining("did not answer GET /api/v1/nodes within 10 s") },
    });
    await clock.advance(answerLimitMs);

    await following;
    expect(clock.sleeperCount).toBe(0);
  });

  it("is not followed any more when nobody wants it, and what a listener throws is not its failure", async () => {
    const api = createApi(transportOf({ status: 200, text: '{"a":1}\n' }, true), new FakeClock());
    const stopping = new AbortController();
    const abandoned = expect(api.follow(request, longestMs, () => undefined, stopping.signal)).rejects.toMatchObject({
      code: "ABORTED",
    });
    await settle();
    stopping.abort();
    await abandoned;

    const bug = (): void => {
      throw new TypeError("a bug");
    };
    await expect(api.follow(request, longestMs, bug, never)).rejects.toMatchObject({ code: "INTERNAL", message: "a bug" });
  });
});
