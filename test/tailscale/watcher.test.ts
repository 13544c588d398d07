/** How soon a change of a real daemon reaches the probe, by the watcher alone. */
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWatcherKeeper, type WatcherKeeper } from "../../agent/src/run-watchers.ts";
import { tailscale } from "../../agent/src/watchers/tailscale.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { inTime } from "../support/in-time.ts";
import { addressOf, aTailnet, missing, startTimeoutMs, whyNot } from "./scene.ts";
import type { Tailnet } from "./tailnet.ts";
import type { TestDaemon } from "./test-daemon.ts";

describe.skipIf(missing !== undefined)(`the watcher tailscale on a real daemon${whyNot}`, { timeout: 150_000 }, () => {
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
    await waitUntil("the change is told", 30_000, () => triggers.length > before);
    return (triggers[before]?.atMs ?? Number.NaN) - fromMs;
  }

  async function quiet(ms: number): Promise<void> {
    await waitUntil(`${ms} ms without news`, 60_000, () => systemClock.monotonicMs() - (triggers.at(-1)?.atMs ?? 0) > ms);
  }

  it("tells of it as it finds it", async () => {
    await waitUntil("the first trigger", 15_000, () => triggers.length > 0);

    expect(triggers[0]?.reason).toMatch(/^tailscaled: .*State/);
  });

  const online = (isOnline: boolean) => () => tailnet.order({ do: "update", node: ids.bobcat, isOnline });
  const tagged = (tag: string) => () => tailnet.order({ do: "update", node: ids.bobcat, tags: [tag] });

  it.each([
    { what: "a peer goes offline", change: online(false), undo: online(true) },
    { what: "a peer comes online", change: online(true), undo: online(false) },
    { what: "a peer gets another tag", change: tagged("tag:gpu"), undo: tagged("tag:disk") },
    { what: "Tailscale is stopped", change: () => neko.down(), undo: () => neko.up() },
    { what: "Tailscale is started", change: () => neko.up(), undo: () => neko.down() },
    { what: "the daemon is killed", change: () => neko.kill(), undo: () => neko.start() },
  ])("tells within a second that $what", { timeout: 150_000 }, async ({ change, undo }) => {
    const tookMs = await inTime(
      (ms: number) => ms < 1_000,
      async (round) => {
        if (round > 0) await undo();
        return await reactionMs(change);
      },
    );

    expect(tookMs).toBeLessThan(1_000);
  });

  it("tells within a second that the daemon is back", { timeout: 150_000 }, async () => {
    const tookMs = await inTime(
      (ms: number) => ms < 1_000,
      async (round) => {
        if (round > 0) await neko.kill();
        await quiet(1_500);
        const before = triggers.length;
        await neko.start();
        const answersAtMs = systemClock.monotonicMs();
        await waitUntil("it is told", 30_000, () => triggers.length > before);
        return (triggers[before]?.atMs ?? Number.NaN) - answersAtMs;
      },
    );

    expect(tookMs).toBeLessThan(1_000);
    expect([...keeper.failed()]).toEqual([]);
  });

  it("does not stir for packets that go through the tunnel", { timeout: 150_000 }, async () => {
    const address = await addressOf(bobcat);
    await neko.exchange(address);
    // The daemon may have something else to say meanwhile, but not each time.
    const stirred = await inTime(
      (told) => told.length === 0,
      async () => {
        await quiet(3_000);
        const before = triggers.length;
        for (let packet = 0; packet < 30; packet++) {
          await neko.exchange(address);
          await systemClock.sleep(100, stop.signal);
        }
        return triggers.slice(before);
      },
    );

    expect(stirred).toEqual([]);
  });
});
