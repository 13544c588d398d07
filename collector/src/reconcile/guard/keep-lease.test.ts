import { createLogger, type Fields, fieldsAt } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, describe, expect, it } from "vitest";
import { type MemoryCluster, memoryCluster } from "../test-support/memory-cluster.ts";
import { keepLease, type LeaseKeeper } from "./keep-lease.ts";

const at = { namespace: "nodekeeper", name: "nodekeeper-collector" };
const others = { holderIdentity: "otter_1", leaseDurationSeconds: 10, renewTime: "2026-01-01T00:00:00.000000Z" };
let keepers: readonly LeaseKeeper[] = [];

afterEach(async () => {
  await Promise.all(keepers.map((keeper) => keeper[Symbol.asyncDispose]()));
  keepers = [];
});

function keep(cluster: MemoryCluster, clock: FakeClock, self = "badger_1"): LeaseKeeper {
  const { client } = cluster;
  const keeper = keepLease({ client, at, self, clock, random: () => 0.5, logger: createLogger("test", "silent") });
  keepers = [...keepers, keeper];
  return keeper;
}

async function aHolder() {
  const cluster = memoryCluster();
  const clock = new FakeClock();
  const keeper = keep(cluster, clock);
  await clock.advance(10);
  return { cluster, clock, keeper, signal: heldSignal(keeper) };
}

function heldSignal(keeper: LeaseKeeper): AbortSignal {
  const standing = keeper.standing();
  if (standing.kind !== "holding") throw new Error(`it is ${standing.kind}: ${standing.text}`);
  return standing.signal;
}

function specOf({ lease }: MemoryCluster): Fields {
  return fieldsAt(lease ?? {}, "spec");
}

describe("keeping the Lease", () => {
  it("takes an empty one at once, in the form of Kubernetes, and leaves what else is in it", async () => {
    const { cluster, keeper } = await aHolder();

    expect(specOf(cluster)).toEqual({
      ...{ holderIdentity: "badger_1", leaseDurationSeconds: 10, leaseTransitions: 1 },
      ...{ acquireTime: "2026-01-01T00:00:00.000000Z", renewTime: "2026-01-01T00:00:00.000000Z" },
    });
    expect(cluster.lease).toMatchObject({ metadata: { labels: { a: "b" } } });
    expect(keeper.holder).toBe("badger_1");
  });

  it("renews every two seconds by one request, and counts no transition for it", async () => {
    const { cluster, clock, signal } = await aHolder();
    const { reads } = cluster.asked;

    await clock.advance(60_000);

    expect(cluster.asked).toMatchObject({ reads, writes: 31 });
    expect(specOf(cluster)).toMatchObject({ leaseTransitions: 1, acquireTime: "2026-01-01T00:00:00.000000Z" });
    expect(specOf(cluster)["renewTime"]).toBe("2026-01-01T00:01:00.000000Z");
    expect(signal.aborted).toBe(false);
  });

  it("waits ten seconds of its own time for a holder that is silent, whatever that one's clock says", async () => {
    const cluster = memoryCluster();
    const clock = new FakeClock();
    cluster.put({ ...others, renewTime: "2031-01-01T00:00:00.000000Z", leaseTransitions: 4 });
    const keeper = keep(cluster, clock);
    await clock.advance(9_900);
    const before = [keeper.standing(), keeper.holder];

    await clock.advance(400);

    expect(before).toEqual([{ kind: "standby", text: "another collector writes: otter_1" }, "otter_1"]);
    expect(keeper.standing().kind).toBe("holding");
    expect(specOf(cluster)).toMatchObject({ holderIdentity: "badger_1", leaseTransitions: 5 });
  });

  it("does not believe that a Lease is old because its holder's clock is behind", async () => {
    const cluster = memoryCluster();
    const clock = new FakeClock();
    const keeper = keep(cluster, clock, "badger_2");
    cluster.put({ ...others, renewTime: "1999-01-01T00:00:00.000000Z" });

    for (let second = 0; second < 60; second++) {
      cluster.put({ ...others, renewTime: `1999-01-01T00:00:${String(second).padStart(2, "0")}.000000Z` });
      await clock.advance(1_000);
      expect(keeper.standing().kind).toBe("standby");
    }
  });

  it("waits as long as the holder asked for", async () => {
    const cluster = memoryCluster();
    const clock = new FakeClock();
    cluster.put({ ...others, leaseDurationSeconds: 60 });
    const keeper = keep(cluster, clock);

    await clock.advance(59_000);
    const before = keeper.standing().kind;
    await clock.advance(1_500);

    expect([before, keeper.standing().kind]).toEqual(["standby", "holding"]);
  });

  it("writes no more seven seconds after the last renewal that succeeded, though the process goes on", async () => {
    const { cluster, clock, keeper, signal } = await aHolder();
    cluster.mood = "hangs";

    await clock.advance(6_900);
    const before = signal.aborted;
    await clock.advance(100);

    expect([before, signal.aborted]).toEqual([false, true]);
    expect(keeper.standing().kind).toBe("unknown");
    expect(keeper.problem).toMatch(/^the Lease nodekeeper\/nodekeeper-collector: the cluster's API did not answer within 3 s/);

    cluster.mood = "well";
    await clock.advance(4_000);
    expect(keeper.standing().kind).toBe("holding");
    expect(specOf(cluster)["leaseTransitions"]).toBe(1);
    expect(keeper.problem).toBeUndefined();
  });

  it("says no by the clock, where a timer is late", async () => {
    const { cluster, clock, keeper } = await aHolder();
    cluster.mood = "away";
    const late: FakeClock & { monotonicMs(): number } = clock;
    const { monotonicMs } = late;
    late.monotonicMs = () => monotonicMs.call(clock) + 7_000;

    expect(keeper.standing().kind).toBe("standby");
    late.monotonicMs = monotonicMs;
  });

  it("gives up at once where its machine slept, and takes it again at once if nobody else did", async () => {
    const { clock, keeper, signal } = await aHolder();

    clock.jumpWall(3_600_000);
    const after = keeper.standing().kind;
    await clock.advance(250);

    expect([signal.aborted, after]).toEqual([true, "standby"]);
    expect(keeper.standing().kind).toBe("holding");
  });

  it("does not mind a wall clock that goes back", async () => {
    const { clock, signal } = await aHolder();

    clock.jumpWall(-3_600_000);
    await clock.advance(60_000);

    expect(signal.aborted).toBe(false);
  });

  it("is no holder any more as soon as it sees another one there", async () => {
    const { cluster, clock, keeper, signal } = await aHolder();

    cluster.put(others);
    await clock.advance(2_100);

    expect(signal.aborted).toBe(true);
    expect(keeper.holder).toBe("otter_1");
    expect(specOf(cluster)["holderIdentity"]).toBe("otter_1");
  });

  it("goes on where somebody else changed only something beside the record", async () => {
    const { cluster, clock, signal } = await aHolder();

    cluster.lease = { ...cluster.lease, metadata: { uid: "u1", resourceVersion: "other" } };
    cluster.put(specOf(cluster));
    await clock.advance(10_000);

    expect(signal.aborted).toBe(false);
    expect(specOf(cluster)).toMatchObject({ holderIdentity: "badger_1", leaseTransitions: 1 });
  });

  it("knows its own renewal although the answer to it was lost", async () => {
    const { cluster, clock, keeper, signal } = await aHolder();

    cluster.mood = "forgetful";
    await clock.advance(2_100);
    cluster.mood = "well";
    await clock.advance(60_000);

    expect(signal.aborted).toBe(false);
    expect(keeper.problem).toBeUndefined();
    expect(specOf(cluster)["leaseTransitions"]).toBe(1);
  });

  it("makes a Lease that was deleted anew, and a standby does not take it before the holder's time is up", async () => {
    const { cluster, clock, keeper } = await aHolder();
    const standby = keep(cluster, clock, "otter_1");
    await clock.advance(2_100);
    cluster.mood = "away"; // for the holder, who could not renew
    await clock.advance(1_000);
    cluster.lease = undefined;
    cluster.mood = "well";

    await clock.advance(3_000);

    expect([keeper.standing().kind, standby.standing().kind]).toEqual(["holding", "standby"]);
    expect(specOf(cluster)).toMatchObject({ holderIdentity: "badger_1", leaseTransitions: 0 });
  });

  it("waits where there is no Lease until whoever may have held it has heard, and then makes one", async () => {
    const cluster = memoryCluster();
    const clock = new FakeClock();
    cluster.lease = undefined;
    const keeper = keep(cluster, clock);

    await clock.advance(9_900);
    const before = keeper.standing();
    await clock.advance(400);

    expect(before).toMatchObject({ kind: "standby", text: "the Lease nodekeeper/nodekeeper-collector is free soon" });
    expect(keeper.standing().kind).toBe("holding");
  });

  it("says what to do where there is none and it may not make one", async () => {
    const cluster = memoryCluster();
    const clock = new FakeClock();
    cluster.lease = undefined;
    cluster.mayCreate = false;
    const keeper = keep(cluster, clock);

    await clock.advance(11_000);

    expect(keeper.standing().kind).toBe("unknown");
    expect(keeper.problem).toBe(
      'the Lease nodekeeper/nodekeeper-collector: it is not there, and cannot be made: cannot create resource "leases"; apply the manifests of the collector',
    );
  });

  it("is given back when it is disposed, and another has it within three seconds", async () => {
    const { cluster, clock, keeper, signal } = await aHolder();
    const standby = keep(cluster, clock, "otter_1");
    await clock.advance(1_000);

    await keeper[Symbol.asyncDispose]();
    const released = specOf(cluster);
    await clock.advance(3_000);

    expect(signal.aborted).toBe(true);
    expect(released).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 1 });
    expect(standby.standing().kind).toBe("holding");
    expect(specOf(cluster)).toMatchObject({ holderIdentity: "otter_1", leaseTransitions: 2 });
  });

  it("does not give back what is not its own, and leaves no timer", async () => {
    const cluster = memoryCluster();
    const clock = new FakeClock();
    cluster.put(others);
    const keeper = keep(cluster, clock);
    await clock.advance(1_000);

    await keeper[Symbol.asyncDispose]();

    expect(specOf(cluster)).toEqual(others);
    expect(clock.sleeperCount).toBe(0);
  });
});
