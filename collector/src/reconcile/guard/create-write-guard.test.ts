import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import type { MayWrite, WriteGuard } from "../may-write.ts";
import { memoryCluster } from "../test-support/memory-cluster.ts";
import { createWriteGuard } from "./create-write-guard.ts";

const never = new AbortController().signal;
const paused = "nodekeeper.example/paused";
const others = { holderIdentity: "otter_1", leaseDurationSeconds: 10, renewTime: "2026-01-01T00:00:00.000000Z" };
let guards: readonly WriteGuard[] = [];

afterEach(async () => {
  await Promise.all(guards.map((guard) => guard[Symbol.asyncDispose]()));
  guards = [];
});

async function aGuard(prepare: (cluster: ReturnType<typeof memoryCluster>) => void = () => undefined) {
  const cluster = memoryCluster();
  const clock = new FakeClock();
  prepare(cluster);
  const guard = createWriteGuard({
    ...{ client: cluster.client, clock, random: () => 0.5, logger: createLogger("test", "silent") },
    ...{ lease: { namespace: "nodekeeper", name: "nodekeeper-collector" }, self: "badger_1", domain: () => "nodekeeper.example" },
  });
  guards = [...guards, guard];
  const told: string[] = [];
  guard.onChanged(() => told.push(wordOf(guard.last)));
  await clock.advance(10);
  return { cluster, clock, guard, told, ask };

  /** Asks, and lets requests that hang run into their limit. */
  async function ask(): Promise<MayWrite> {
    const asked = guard.ask(never);
    await clock.advance(1_000);
    return asked;
  }
}

function wordOf(answer: MayWrite): string {
  return answer.kind === "yes" ? "yes" : answer.because;
}

function signalOf(answer: MayWrite): AbortSignal {
  if (answer.kind === "no") throw new Error(answer.text);
  return answer.signal;
}

describe("the write guard", () => {
  it("allows what the holder of the Lease writes while nobody paused it, and knows so before it is asked", async () => {
    const { guard, told, ask } = await aGuard();

    expect(guard.last.kind).toBe("yes");
    expect((await ask()).kind).toBe("yes");
    expect(told.at(-1)).toBe("yes");
    expect(guard.problems()).toEqual([]);
  });

  it("says who writes where another collector does, and asks for no pause", async () => {
    const { cluster, guard, ask } = await aGuard((cluster) => cluster.put(others));

    expect(await ask()).toEqual({ kind: "no", because: "standby", text: "another collector writes: otter_1" });
    expect(guard.holder).toBe("otter_1");
    expect(cluster.asked.pauses).toBe(0);
  });

  it("reads the pause anew for a write where it is older than half a second, once for all who ask", async () => {
    const { cluster, clock, guard } = await aGuard();
    await clock.advance(600);
    const before = cluster.asked.pauses;

    await Promise.all([guard.ask(never), guard.ask(never), guard.ask(never)]);
    await guard.ask(never);

    expect(cluster.asked.pauses).toBe(before + 1);
  });

  it("asks nothing of the namespace while nobody wants to write, but once a minute", async () => {
    const { cluster, clock } = await aGuard();
    const before = cluster.asked.pauses;

    await clock.advance(600_000);

    expect(cluster.asked.pauses - before).toBe(10);
  });

  it.each(["true", "True", "yes", "until monday"])(
    "is paused by an annotation that says %s, and says how to go on",
    async (value) => {
      const { cluster, ask, clock } = await aGuard();
      cluster.annotations = { [paused]: value };
      await clock.advance(501);

      expect(await ask()).toEqual({
        ...{ kind: "no", because: "paused" },
        text:
          `somebody paused nodekeeper by the annotation ${paused} of the namespace nodekeeper ` +
          `(kubectl annotate namespace nodekeeper ${paused}-)`,
      });
    },
  );

  it.each(["false", ""])("is not paused by one that says '%s'", async (value) => {
    const { cluster, ask, clock } = await aGuard();
    cluster.annotations = { [paused]: value, "other.example/paused": "true" };
    await clock.advance(501);

    expect((await ask()).kind).toBe("yes");
  });

  it("ends what is under way when it sees the pause, and tells within about a second of its end", async () => {
    const { cluster, clock, guard, told } = await aGuard();
    const signal = signalOf(guard.last);
    cluster.annotations = { [paused]: "true" };
    await clock.advance(501);
    await guard.ask(never);
    const whilePaused = [signal.aborted, guard.last.kind];
    cluster.annotations = {};
    told.length = 0;

    await clock.advance(1_600);

    expect(whilePaused).toEqual([true, "no"]);
    expect(told).toEqual(["yes"]);
    const before = cluster.asked.pauses;
    await clock.advance(50_000);
    expect(cluster.asked.pauses).toBe(before);
  });

  it("says no where the pause cannot be read, and says why", async () => {
    const { cluster, clock, guard, ask } = await aGuard();
    await clock.advance(600);
    cluster.mood = "hangs";

    const answer = await ask();

    expect(answer).toMatchObject({ kind: "no", because: "unknown" });
    expect(guard.problems()).toEqual([
      "whether the namespace nodekeeper is paused cannot be read: the cluster's API did not answer within 1 s",
    ]);
    cluster.mood = "well";
    await clock.advance(5_000);
    expect(guard.last.kind).toBe("yes");
    expect(guard.problems()).toEqual([]);
  });

  it("says no where the namespace is not there", async () => {
    const { clock, cluster, ask } = await aGuard();
    cluster.annotations = undefined;
    await clock.advance(501);

    expect(await ask()).toMatchObject({
      ...{ kind: "no", because: "unknown" },
      text: "the namespace nodekeeper, whose annotation would pause us, is not there: name another by --namespace",
    });
  });

  it("ends a permit with the term of the Lease, and gives another one with the next", async () => {
    const { cluster, clock, guard } = await aGuard();
    const signal = signalOf(guard.last);
    cluster.put(others);
    await clock.advance(2_500);
    const lost = [signal.aborted, wordOf(guard.last)];

    await clock.advance(13_000);

    expect(lost).toEqual([true, "standby"]);
    expect(signalOf(guard.last).aborted).toBe(false);
    expect(signal.aborted).toBe(true);
  });

  it("rejects where whoever asks is not interested any more", async () => {
    const { guard } = await aGuard();

    await expect(guard.ask(AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });

  it("ends every permit when it is disposed, and leaves no timer", async () => {
    const { clock, guard } = await aGuard();
    const signal = signalOf(guard.last);

    await guard[Symbol.asyncDispose]();

    expect(signal.aborted).toBe(true);
    expect(guard.last.kind).toBe("no");
    expect(clock.sleeperCount).toBe(0);
  });
});
