import { setTimeout as delay } from "node:timers/promises";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { describe, expect, it, vi } from "vitest";
import { startHeartbeat } from "./heartbeat.ts";
import { startHttpDouble } from "./test-support/http-double.ts";

function start(url: string, obstacles: () => Promise<readonly string[]>) {
  const counted: string[] = [];
  const heartbeat = startHeartbeat({
    settings: { endpoint: { url: `${url}/ping/1` }, method: "POST", everyMs: 20 },
    metrics: { attempted: () => undefined, heartbeat: (result) => void counted.push(result) },
    ...{ obstacles, clock: systemClock, random: () => 0.5, logger: createLogger("test", "silent") },
  });
  return { heartbeat, counted };
}

describe("the heartbeat", () => {
  it("is sent while the collector is well, and only then", async () => {
    await using double = await startHttpDouble();
    let obstacles: readonly string[] = [];
    const { heartbeat, counted } = start(double.url, async () => obstacles);
    await using _ = heartbeat;
    await vi.waitFor(() => expect(double.received.length).toBeGreaterThan(1));
    expect(double.received[0]).toMatchObject({ method: "POST", path: "/ping/1", text: "" });
    expect(heartbeat.status).toEqual({ target: `${double.url}/ping/1`, lastSentAt: expect.any(String) });

    obstacles = ["the store does not take what is written: the disk is full"];
    await vi.waitFor(() => expect(counted).toContain("withheld"));
    const before = double.received.length;
    await delay(100);
    expect(double.received).toHaveLength(before);
    expect(heartbeat.problem).toMatch(/^heartbeat: no heartbeat is sent, because the collector is not well: .*the disk is full$/);
  });

  it("that does not arrive is a problem until one does", async () => {
    await using double = await startHttpDouble();
    double.answer = { status: 500 };
    const { heartbeat, counted } = start(double.url, async () => []);
    await using _ = heartbeat;
    await vi.waitFor(() => expect(heartbeat.problem).toBe("heartbeat: it answered 500"));
    double.answer = { status: 200 };
    await vi.waitFor(() => expect(heartbeat.problem).toBeUndefined());
    expect(counted.slice(0, 1)).toEqual(["failed"]);
  });
});
