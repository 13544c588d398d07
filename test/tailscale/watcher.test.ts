/** How soon a change of a real daemon reaches the probe, by the watcher alone. */
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWatcherKeeper, type WatcherKeeper } from "../../agent/src/run-watchers.ts";
import { tailscale } from "../../agent/src/watchers/tailscale.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { addressOf, aTailnet, missing, startTimeoutMs, whyNot } from "./scene.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TestDaemon } from "./test-daemon.ts";

describe.skipIf(missing !== undefined)(`the watcher tailscale on a real daemon${whyNot}`, () => {
  let tailnet: Tailnet;
  let neko: TestDaemon;
  let bobcat: TestDaemon;
  let ids: { readonly bobcat: string };
  let keeper: WatcherKeeper;
  let watching: Promise<void>;
  const stop = new AbortController();
  const triggers: { readonly atMs: number; readonly reason: string }[] = [];

  beforeAll(async () => {
    tailnet = await aTailnet();
    [neko, bobcat] = await Promise.all([tailnet.daemon("neko"), tailnet.daemon("bobcat")]);
    keeper = createWatcherKeeper({
      ...{ watchers: [tailscale], host: await neko.host(), clock: systemClock, random: Math.random },
      logger: createLogger("test", "silent"),
      trigger: (_, reason) => void triggers.push({ atMs: systemClock.monotonicMs(), reason }),
    });
    await Promise.all([neko.start(), bobcat.start()]);
    await neko.up();
    ids = { bobcat: await bobcat.up() };
    watching = keeper.run(stop.signal);
  }, startTimeoutMs);

  afterAll(async () => {
    stop.abort();
    await watching;
    await tailnet?.[Symbol.asyncDispose]();
  });

  /** How long it takes from a change to the next trigger, once all is quiet. */
  async function reactionMs(change: () => Promise<unknown>): Promise<number> {
    await quiet(1_500);
    const fromMs = systemClock.monotonicMs();
    const before = triggers.length;
    await change();
    await waitUntil("the change is told", 10_000, () => triggers.length > before);
    return (triggers[before]?.atMs ?? Number.NaN) - fromMs;
  }

  async function quiet(ms: number): Promise<void> {
    await waitUntil(`${ms} ms without news`, 60_000, () => systemClock.monotonicMs() - (triggers.at(-1)?.atMs ?? 0) > ms);
  }

  it("tells of it as it finds it", async () => {
    await waitUntil("the first trigger", 5_000, () => triggers.length > 0);

    expect(triggers[0]?.reason).toMatch(/^tailscaled: .*State/);
  });

  it.each([
    ["a peer goes offline", () => tailnet.order({ do: "update", node: ids.bobcat, isOnline: false })],
    ["a peer comes online", () => tailnet.order({ do: "update", node: ids.bobcat, isOnline: true })],
    ["a peer gets another tag", () => tailnet.order({ do: "update", node: ids.bobcat, tags: ["tag:gpu"] })],
    ["Tailscale is stopped", () => neko.down()],
    ["Tailscale is started", () => neko.up()],
    ["the daemon is killed", () => neko.kill()],
  ])("tells within a second that %s", { timeout: 40_000 }, async (_, change) => {
    expect(await reactionMs(change)).toBeLessThan(1_000);
  });

  it("tells within a second that the daemon is back", { timeout: 40_000 }, async () => {
    await quiet(1_500);
    const before = triggers.length;
    await neko.start();
    const answersAtMs = systemClock.monotonicMs();
    await waitUntil("it is told", 10_000, () => triggers.length > before);

    expect((triggers[before]?.atMs ?? Number.NaN) - answersAtMs).toBeLessThan(1_000);
    expect([...keeper.failed()]).toEqual([]);
  });

  it("does not stir for packets that go through the tunnel", { timeout: 60_000 }, async () => {
    const address = await addressOf(bobcat);
    await neko.exchange(address);
    await quiet(3_000);
    const before = triggers.length;
    for (let round = 0; round < 30; round++) {
      await neko.exchange(address);
      await systemClock.sleep(100, stop.signal);
    }

    expect(triggers.slice(before)).toEqual([]);
  });
});
