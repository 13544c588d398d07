import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aFinding } from "../../test-support/rules.ts";
import { formerNode } from "../former-node.ts";
import type { StoredNode } from "../store.ts";
import { type EngineUnderTest, engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";

const startMs = Date.UTC(2026, 10, 22, 10);
const dayMs = 86_400_000;
const old = "a".repeat(32);
const young = "b".repeat(32);

let store: EngineUnderTest;

beforeEach(() => {
  store = engineUnderTest();
});

afterEach(() => store[Symbol.dispose]());

function save(machineId: string, epoch: string): void {
  const node: StoredNode = {
    ...{ name: "neko", machineId, bootId: "boot", epoch, agentVersion: "1" },
    ...{ firstSeenAtMs: startMs, lastContactAtMs: startMs },
  };
  store.engine().transaction("saving", () => store.engine().saveNodes([node]));
}

function retire(): void {
  store.engine().transaction("forgetting", () => store.engine().forgetNode("neko"));
}

/** When something was observed under a name. */
function known(node = "neko", resolution: "raw" | "1h" = "raw"): readonly number[] {
  const request = { node, fromMs: 0, toMs: startMs + 365 * dayMs, resolution, names: ["temperature_celsius"] };
  const [series] = store.history(request).series;
  return series?.at.filter((_, index) => series.average[index] !== null) ?? [];
}

describe("a new machine under an old name", () => {
  it("begins with nothing, and what was stored of the old one is still to be had", () => {
    save(old, "epoch-a");
    store.commit([reading({ sequence: 1, atMs: startMs, epoch: "epoch-a" })]);
    save(young, "epoch-b");
    store.commit([reading({ sequence: 1, atMs: startMs + 60_000, epoch: "epoch-b" })]);

    expect(known()).toEqual([startMs + 60_000]);
    expect(known(formerNode("neko", old))).toEqual([startMs]);
    store.reopen();
    expect(store.restore().map(({ node, epoch }) => [node, epoch])).toEqual([["neko", "epoch-b"]]);
  });

  it("is not mixed with it by roll-ups, restarts and crashes either", () => {
    save(old, "epoch-a");
    for (let hour = 0; hour < 60; hour += 1)
      store.commit([reading({ sequence: hour + 1, atMs: startMs + hour * 3_600_000, epoch: "epoch-a" })]);
    save(young, "epoch-b");
    store.commit([reading({ sequence: 1, atMs: startMs + 60 * 3_600_000, epoch: "epoch-b" })]);
    store.maintain(startMs + 90 * 3_600_000);
    store.reopen();

    expect(known("neko", "1h").filter((atMs) => atMs < startMs + 60 * 3_600_000)).toEqual([]);
    expect(known(formerNode("neko", old), "1h")).toHaveLength(60);
    using crashed = store.crash();
    expect(crashed.history({ fromMs: 0, toMs: startMs + 50 * 3_600_000, resolution: "1h" }).series).toEqual([]);
  });

  it("does not get what the old one's agent had said before and was committed after", () => {
    save(old, "epoch-a");
    save(young, "epoch-b");
    store.commit([reading({ sequence: 7, atMs: startMs, epoch: "epoch-a" })]);

    expect(known()).toEqual([]);
    expect(known(formerNode("neko", old))).toEqual([startMs]);
    expect(store.engine().committedSpans("neko", "epoch-a")).toEqual([{ first: 7, last: 7 }]);
  });

  it("takes nothing along when two machines take turns: each goes on with its own", () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const [machineId, epoch] = turn % 2 === 0 ? [old, "epoch-a"] : [young, "epoch-b"];
      save(machineId, epoch);
      store.commit([reading({ sequence: turn + 1, atMs: startMs + turn * 60_000, epoch })]);
    }

    expect(known()).toHaveLength(10);
    expect(known(formerNode("neko", old))).toHaveLength(10);
    expect(known(formerNode("neko", young))).toEqual([]);
  });

  it("does not get its findings, also where nothing else ends them before a crash", () => {
    const found = (id: string, sinceMs: number) => aFinding({ id, node: "neko", pendingSince: new Date(sinceMs).toISOString() });
    save(old, "epoch-a");
    store.engine().transaction("saving", () => {
      store.engine().saveFindings([found("of the old one", startMs - dayMs), found("of the new one", startMs + 1)]);
    });
    save(young, "epoch-b");

    const all = store.engine().listFindings({ node: "neko", includeResolved: true, limit: 9 });
    expect(Object.fromEntries(all.map(({ id, state }) => [id, state]))).toEqual({
      "of the old one": "resolved",
      "of the new one": "firing",
    });
    expect(all.find(({ id }) => id === "of the old one")).toMatchObject({
      ...{ isHeld: false, resolvedAt: new Date(startMs).toISOString() },
      resolvedBecause: expect.stringContaining("the machine was replaced"),
    });
  });

  it("goes on with the same machine, and with one that cannot say its id", () => {
    save(old, "epoch-a");
    store.commit([reading({ sequence: 1, atMs: startMs, epoch: "epoch-a" })]);
    save("", "epoch-c");
    store.commit([reading({ sequence: 1, atMs: startMs + 60_000, epoch: "epoch-c" })]);
    save(old, "epoch-d");

    expect(known()).toHaveLength(2);
  });

  it("keeps an epoch that was copied with a disk under the name", () => {
    save(old, "epoch-a");
    store.commit([reading({ sequence: 1, atMs: startMs, epoch: "epoch-a" })]);
    save(young, "epoch-a");
    store.commit([reading({ sequence: 2, atMs: startMs + 60_000, epoch: "epoch-a" })]);

    expect(known()).toEqual([startMs + 60_000]);
  });
});

describe("a name of which two things are stored", () => {
  it("goes to the machine that comes back after one that could not say its id", () => {
    save(old, "epoch-a");
    store.commit([reading({ sequence: 1, atMs: startMs, epoch: "epoch-a" })]);
    retire();
    save("", "epoch-b");
    store.commit([reading({ sequence: 1, atMs: startMs + 60_000, epoch: "epoch-b" })]);

    save(old, "epoch-b");
    store.commit([reading({ sequence: 2, atMs: startMs + 120_000, epoch: "epoch-b" })]);

    expect(known()).toEqual([startMs, startMs + 120_000]);
    store.reopen();
    expect(known()).toEqual([startMs, startMs + 120_000]);
  });

  it("is written for all nodes, whatever epochs one agent makes up", () => {
    save(old, "epoch-a");
    store.commit([reading({ sequence: 1, atMs: startMs, epoch: "epoch-a" })]);
    save(young, "epoch-b");
    store.commit([reading({ sequence: 1, atMs: startMs + 60_000, epoch: "epoch-b" })]);
    save(young, "epoch-a");

    save(old, "epoch-a");
    store.commit([reading({ sequence: 2, atMs: startMs + 120_000, epoch: "epoch-a" })]);
    save(young, "epoch-b");

    expect(known(formerNode("neko", old))).toEqual([startMs, startMs + 120_000]);
    expect(known()).toEqual([startMs + 60_000]);
  });

  it("fails nobody, in whichever order machines, epochs and retirements come", () => {
    const machines = ["", old, young, "c".repeat(32)];
    const epochs = ["epoch-a", "epoch-b", "epoch-c"];
    let [seed, sequence] = [7, 0];
    const pick = (count: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * count);
    };
    for (let step = 0; step < 300; step += 1) {
      const what = pick(10);
      if (what === 0) retire();
      else if (what === 1) store.reopen();
      else if (what < 6) save(machines[pick(4)] ?? "", epochs[pick(3)] ?? "");
      else {
        sequence += 1;
        store.commit([reading({ sequence, atMs: startMs + sequence * 1_000, epoch: epochs[pick(3)] ?? "" })]);
      }
    }
    expect(sequence).toBeGreaterThan(60);
  });
});

describe("a node that was retired", () => {
  it("can still be asked for by its name until another machine bears it, and goes on where it comes back", () => {
    save(old, "epoch-a");
    store.commit([reading({ sequence: 1, atMs: startMs, epoch: "epoch-a" })]);
    retire();
    expect(known()).toEqual([startMs]);

    save(young, "epoch-b");
    expect(known()).toEqual([]);
    expect(known(formerNode("neko", old))).toEqual([startMs]);

    retire();
    save(old, "epoch-a");
    expect(known()).toEqual([startMs]);
  });
});
