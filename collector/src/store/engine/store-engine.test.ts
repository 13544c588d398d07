import { Outcome } from "@nodekeeper/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EngineUnderTest, engineUnderTest } from "../test-support/engine-under-test.ts";
import { reading } from "../test-support/readings.ts";

const startMs = Date.UTC(2026, 10, 22, 10);
const minuteMs = 60_000;

let store: EngineUnderTest;

beforeEach(() => {
  store = engineUnderTest();
});

afterEach(() => store[Symbol.dispose]());

/** Times of all points of the first series, be they of observations that were read back from wherever they lie. */
function times(engine: EngineUnderTest = store, node = "neko"): readonly number[] {
  const { series } = engine.history({
    node,
    fromMs: 0,
    toMs: startMs + 365 * 86_400_000,
    resolution: "raw",
    names: ["temperature_celsius"],
  });
  return series[0]?.at ?? [];
}

describe("commit", () => {
  it("takes each (node, epoch, sequence) once", () => {
    store.commit([reading({ sequence: 1, atMs: startMs }), reading({ sequence: 2, atMs: startMs + 15_000 })]);
    store.commit([reading({ sequence: 2, atMs: startMs + 15_000 }), reading({ sequence: 3, atMs: startMs + 30_000 })]);
    store.commit([reading({ sequence: 4, atMs: startMs + 45_000 }), reading({ sequence: 4, atMs: startMs + 45_000 })]);

    expect(times()).toEqual([startMs, startMs + 15_000, startMs + 30_000, startMs + 45_000]);
    expect(store.engine().status().observationCount).toBe(4);
    expect(store.engine().committedSpans("neko", "epoch-1")).toEqual([{ first: 1, last: 4 }]);
  });

  it("tells nodes and epochs apart", () => {
    store.commit([
      reading({ sequence: 1, atMs: startMs }),
      reading({ sequence: 1, atMs: startMs + 1, epoch: "epoch-2" }),
      reading({ sequence: 1, atMs: startMs + 2, node: "bobcat" }),
    ]);

    expect(store.engine().status().observationCount).toBe(3);
    expect(store.engine().committedSpans("neko", "epoch-2")).toEqual([{ first: 1, last: 1 }]);
    expect(store.engine().committedSpans("neko", "epoch-3")).toEqual([]);
  });

  it("merges spans of what arrives newest first", () => {
    for (const sequence of [9, 10, 5, 6, 1]) store.commit([reading({ sequence, atMs: startMs + sequence * 1000 })]);

    const expected = [
      { first: 1, last: 1 },
      { first: 5, last: 6 },
      { first: 9, last: 10 },
    ];
    expect(store.engine().committedSpans("neko", "epoch-1")).toEqual(expected);
  });

  it("remembers after a crash what it committed before, and takes none of it twice", () => {
    const observations = [1, 2, 3].map((sequence) => reading({ sequence, atMs: startMs + sequence * 1000 }));
    store.commit(observations);
    store.maintain(startMs + minuteMs);
    store.commit([reading({ sequence: 7, atMs: startMs + 7000, isUnchanged: true })]);

    using crashed = store.crash();
    crashed.commit([
      ...observations,
      reading({ sequence: 7, atMs: startMs + 7000 }),
      reading({ sequence: 8, atMs: startMs + 8000 }),
    ]);

    expect(crashed.engine().status().observationCount).toBe(5);
    expect(crashed.engine().committedSpans("neko", "epoch-1")).toEqual([
      { first: 1, last: 3 },
      { first: 7, last: 8 },
    ]);
    expect(times(crashed)).toHaveLength(5);
  });

  it("keeps an observation whose facts nobody has, without its numbers, and says so", () => {
    store.commit([reading({ sequence: 1, atMs: startMs, isUnchanged: true, values: [40, 0] })]);

    expect(store.engine().status().observationCount).toBe(1);
    expect(times()).toEqual([]);
    expect(store.warnings).toEqual(["an observation refers to facts that the store does not hold, its numbers are lost"]);
  });

  it("leaves no trace of a transaction that fails", () => {
    store.commit([reading({ sequence: 1, atMs: startMs })]);

    expect(() =>
      store.engine().transaction("failing", () => {
        store.engine().saveNodes([{ ...node("neko"), lastContactAtMs: Number.NaN }]);
      }),
    ).toThrow(expect.objectContaining({ code: "STORE_FAILED" }));
    expect(store.engine().status().problem).toContain("failing failed");

    store.commit([reading({ sequence: 1, atMs: startMs }), reading({ sequence: 2, atMs: startMs + 1000 })]);
    expect(store.engine().status()).toMatchObject({ observationCount: 2, problem: undefined });
  });
});

describe("restore", () => {
  it("gives the latest observation of each probe with whole facts", () => {
    store.commit([
      reading({ sequence: 1, atMs: startMs, values: [40, 1] }),
      reading({ sequence: 2, atMs: startMs + 1000, isUnchanged: true, values: [41, 2] }),
      reading({ sequence: 3, atMs: startMs, probe: "system", values: [42, 3] }),
    ]);
    store.reopen();

    const restored = store.restore();

    expect(restored.map(({ observation }) => [observation.probe, observation.sequence, observation.sampleValues])).toEqual([
      ["disks", 2, [41, 2]],
      ["system", 3, [42, 3]],
    ]);
    expect(restored[0]).toMatchObject({
      node: "neko",
      epoch: "epoch-1",
      observedAtMs: startMs + 1000,
      receivedAtMs: startMs + 1040,
    });
    expect(restored[0]?.observation.body).toMatchObject({ case: "full", value: { lists: [{ kind: "block_device" }] } });
  });

  it("goes by the agent's numbers, since history arrives after the newest state", () => {
    store.commit([reading({ sequence: 9, atMs: startMs + 9000 })]);
    store.commit([reading({ sequence: 4, atMs: startMs + 4000 })]);
    store.reopen();

    expect(store.restore().map(({ observation }) => observation.sequence)).toEqual([9]);
  });

  it("goes by time between epochs", () => {
    store.commit([reading({ sequence: 900, atMs: startMs })]);
    store.commit([reading({ sequence: 1, atMs: startMs + 1000, epoch: "epoch-2" })]);
    store.reopen();

    expect(store.restore().map(({ epoch }) => epoch)).toEqual(["epoch-2"]);
  });

  it("gives the last that succeeded before the latest that did not", () => {
    store.commit([
      reading({ sequence: 1, atMs: startMs }),
      reading({ sequence: 2, atMs: startMs + 1000, outcome: Outcome.FAILED }),
      reading({ sequence: 3, atMs: startMs + 2000, outcome: Outcome.FAILED }),
    ]);
    store.reopen();

    expect(store.restore().map(({ observation }) => [observation.sequence, observation.outcome])).toEqual([
      [1, Outcome.OK],
      [3, Outcome.FAILED],
    ]);
    expect(store.restore()[1]?.observation.failure).toMatchObject({ code: "HOST_READ_FAILED" });
  });

  it("forgets a failure when a later observation succeeds", () => {
    store.commit([reading({ sequence: 1, atMs: startMs, outcome: Outcome.FAILED })]);
    store.reopen();
    store.commit([reading({ sequence: 2, atMs: startMs + 1000 })]);
    store.reopen();

    expect(store.restore().map(({ observation }) => observation.sequence)).toEqual([2]);
  });

  it("still knows it when the journal was compacted long ago", () => {
    store.commit([reading({ sequence: 1, atMs: startMs, values: [40, 1] })]);
    for (let hour = 1; hour < 60; hour += 1) store.maintain(startMs + hour * 3_600_000);
    store.reopen();

    expect(store.restore().map(({ observation }) => observation.sampleValues)).toEqual([[40, 1]]);
    store.commit([reading({ sequence: 2, atMs: startMs + 60 * 3_600_000, isUnchanged: true })]);
    expect(store.warnings).toEqual([]);
  });

  it("gives the same after a crash between two folds", () => {
    store.commit([reading({ sequence: 1, atMs: startMs }), reading({ sequence: 2, atMs: startMs + 1, outcome: Outcome.FAILED })]);

    using crashed = store.crash();

    expect(crashed.restore().map(({ observation }) => observation.sequence)).toEqual([1, 2]);
  });
});

describe("nodes", () => {
  it("are created and updated", () => {
    store.engine().transaction("saving", () => store.engine().saveNodes([node("neko"), node("bobcat")]));
    store.engine().transaction("saving", () => store.engine().saveNodes([{ ...node("neko"), bootId: "boot-2" }]));
    store.reopen();

    expect(store.engine().listNodes()).toEqual([node("bobcat"), { ...node("neko"), bootId: "boot-2" }]);
  });

  it("remember why they left, until they are back", () => {
    store.engine().transaction("saving", () => store.engine().saveNodes([{ ...node("neko"), goodbye: "shutdown" }]));
    const away = store.engine().listNodes();
    store.engine().transaction("saving", () => store.engine().saveNodes([node("neko")]));

    expect(away).toEqual([{ ...node("neko"), goodbye: "shutdown" }]);
    expect(store.engine().listNodes()).toEqual([node("neko")]);
  });
});

function node(name: string) {
  return {
    name,
    machineId: "m",
    bootId: "boot-1",
    epoch: "epoch-1",
    agentVersion: "0.1.0",
    firstSeenAtMs: startMs,
    lastContactAtMs: startMs,
  };
}
