import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { allowedNodes, createBrake } from "./brake.ts";

const minuteMs = 60_000;

describe("feature 67: the brake", () => {
  it.each([
    { nodes: 0, allowed: 1 },
    { nodes: 1, allowed: 1 },
    { nodes: 10, allowed: 1 },
    { nodes: 11, allowed: 1 },
    { nodes: 99, allowed: 1 },
    { nodes: 100, allowed: 2 },
    { nodes: 149, allowed: 2 },
    { nodes: 1_000, allowed: 20 },
    { nodes: 5_000, allowed: 100 },
  ])("allows $allowed of $nodes nodes", ({ nodes, allowed }) => {
    expect(allowedNodes(nodes)).toBe(allowed);
  });

  it("lets nothing go before it knows what was done before", () => {
    const brake = createBrake(new FakeClock());

    expect(brake.ask("neko", 5)).toEqual({ kind: "unread" });
    brake.remember([]);
    expect(brake.ask("neko", 5)).toEqual({ kind: "free" });
  });

  it("counts a node once, and lets another go when ten minutes have passed", async () => {
    const clock = new FakeClock();
    const brake = createBrake(clock);
    brake.remember([]);
    const startMs = clock.wallMs();
    brake.reserve("neko").confirm();
    await clock.advance(minuteMs);
    brake.reserve("neko").confirm();

    const clearsAtMs = startMs + 11 * minuteMs;
    expect(brake.ask("neko", 5)).toEqual({ kind: "free" });
    expect(brake.ask("bobcat", 5)).toEqual({ kind: "full", restrictedNodes: 1, clearsAtMs });
    expect(brake.state(5)).toEqual({ restrictedNodes: 1, allowedNodes: 1, clearsAtMs });
    await clock.advance(10 * minuteMs);
    expect(brake.ask("bobcat", 5)).toEqual({ kind: "free" });
    expect(brake.state(5)).toEqual({ restrictedNodes: 0, allowedNodes: 1, clearsAtMs: undefined });
  });

  it("counts writes under way, and forgets those that were refused", () => {
    const brake = createBrake(new FakeClock());
    brake.remember([]);
    const first = brake.reserve("neko");
    const second = brake.reserve("neko");
    first.release();
    const meanwhile = brake.ask("bobcat", 5).kind;
    second.release();

    expect(meanwhile).toBe("full");
    expect(brake.ask("bobcat", 5)).toEqual({ kind: "free" });
  });

  it("does not forget one reconciler's write because another's on the same node was refused", () => {
    const brake = createBrake(new FakeClock());
    brake.remember([]);
    const refused = brake.reserve("neko");
    brake.reserve("neko").confirm();
    refused.release();

    expect(brake.ask("bobcat", 5).kind).toBe("full");
  });

  it("goes on with what an earlier process did, and is not released by a wall clock that is set", async () => {
    const clock = new FakeClock();
    const brake = createBrake(clock);
    await clock.advance(minuteMs);
    brake.remember([{ node: "neko", atMs: clock.wallMs() - 9 * minuteMs }]);
    clock.jumpWall(60 * minuteMs);

    const before = brake.ask("bobcat", 5).kind;
    await clock.advance(minuteMs);

    expect(before).toBe("full");
    expect(brake.ask("bobcat", 5)).toEqual({ kind: "free" });
  });

  it("takes a record of the future for one of now", async () => {
    const clock = new FakeClock();
    const brake = createBrake(clock);
    brake.remember([{ node: "neko", atMs: clock.wallMs() + 600 * minuteMs }]);
    await clock.advance(10 * minuteMs);

    expect(brake.ask("bobcat", 5)).toEqual({ kind: "free" });
  });
});
