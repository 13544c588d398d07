import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { watchWildcard } from "./wildcard-watch.ts";

const startMs = Date.UTC(2026, 10, 23);
const minuteMs = 60_000;

/** A watch of a name that the test sets, and a name server that answers what it says. */
function aWatch(first: string | undefined, answer: readonly string[] | AppError = ["100.64.0.1"]) {
  const clock = new FakeClock(startMs);
  const wanted = { name: first, answer };
  const asked: string[] = [];
  const watch = watchWildcard({
    ...{ clock, random: Math.random, logger: createLogger("test", "silent"), name: () => wanted.name },
    resolver: {
      async addressesOf(name) {
        asked.push(name);
        if (wanted.answer instanceof AppError) throw wanted.answer;
        return wanted.answer;
      },
    },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 5_000) await clock.advance(5_000);
    await settle();
  };
  return { watch, wanted, asked, pass };
}

describe("the watch of a wildcard name", () => {
  it("asks for another random name below it every five minutes", async () => {
    const { watch, asked, pass } = aWatch("*.home.example");
    await pass(11 * minuteMs);
    await watch[Symbol.asyncDispose]();

    expect(watch.current).toMatchObject({ name: "*.home.example", answer: { kind: "addresses", addresses: ["100.64.0.1"] } });
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(3);
    for (const name of asked) expect(name).toMatch(/^nodekeeper-[0-9a-z]+\.home\.example$/);
  });

  it("says why it does not know, and asks again after a minute", async () => {
    const { watch, wanted, asked, pass } = aWatch("*.home.example", new AppError("PEER_UNREACHABLE", "no server answered"));
    await pass(3 * minuteMs);
    const whileAway = [...asked];
    const said = watch.current;
    wanted.answer = ["100.64.0.1"];
    await pass(2 * minuteMs);
    await watch[Symbol.asyncDispose]();

    expect(said).toMatchObject({ answer: { kind: "unknown", reason: "no server answered" } });
    expect(whileAway.length).toBeGreaterThanOrEqual(2);
    expect(watch.current).toMatchObject({ answer: { kind: "addresses" } });
  });

  it("follows the policy: another name is asked soon, and none at all where there is none", async () => {
    const { watch, wanted, asked, pass } = aWatch(undefined);
    await pass(minuteMs);
    expect([asked, watch.current]).toEqual([[], undefined]);

    wanted.name = "*.other.example";
    expect(watch.current).toMatchObject({ answer: { kind: "unknown", reason: "it was not asked yet" } });
    await pass(minuteMs);
    await watch[Symbol.asyncDispose]();

    expect(watch.current).toMatchObject({ name: "*.other.example", answer: { kind: "addresses" } });
  });
});
