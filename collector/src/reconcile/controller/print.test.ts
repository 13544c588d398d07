import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { aDisk, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import type { NodeState } from "../../state/node-state.ts";
import { disk, factsHash, list, observation } from "../../test-support/observations.ts";
import { connectedNode, disconnected, observed, startMs } from "../../test-support/states.ts";
import { isSamePrint, printOf, printOfLonghornNode } from "./print.ts";

const minuteMs = 60_000;
const facts = { subjects: [disk("a")], lists: [list("block_device", true)] };
const told = observed(connectedNode(startMs), observation(facts), startMs);

function isSame(
  a: NodeState | undefined,
  b: NodeState | undefined,
  options: { atMs?: number; startedAtMs?: number } = {},
): boolean {
  const { atMs = startMs, startedAtMs = startMs } = options;
  return isSamePrint(printOf(a, { nowMs: startMs, startedAtMs }), printOf(b, { nowMs: atMs, startedAtMs }));
}

describe("the print of a node", () => {
  it("is the same after an observation that brings other numbers only", () => {
    const later = observed(told, observation(facts, { sequence: 2, sampleValues: [17], durationMs: 9 }), startMs + minuteMs);

    expect(isSame(told, later, { atMs: startMs + minuteMs })).toBe(true);
  });

  it.each([
    {
      name: "facts",
      after: observed(
        told,
        observation(facts, {
          sequence: 2,
          factsHash: factsHash("others"),
          body: { case: "full", value: { $typeName: "nodekeeper.v1.Facts", subjects: [], lists: [], sampleKeys: [] } },
        }),
      ),
    },
    {
      name: "an outcome",
      after: observed(told, observation({}, { sequence: 2, outcome: Outcome.FAILED, body: { case: undefined } })),
    },
    { name: "a probe that is new", after: observed(told, observation(facts, { probe: "smart" })) },
    { name: "a stream that closed", after: disconnected(told, startMs, "shutdown") },
    { name: "another machine", after: { ...told, machineId: "3" } },
    { name: "a proof", after: { ...told, proof: { state: "proven" as const, by: "cluster" as const } } },
    { name: "nobody", after: undefined },
  ])("is another after $name", ({ after }) => {
    expect(isSame(told, after)).toBe(false);
  });

  it("is another when what was received before the start was received again", () => {
    const again = observed(told, observation(facts, { sequence: 2 }), startMs + minuteMs);

    expect(isSame(told, again, { atMs: startMs + minuteMs, startedAtMs: startMs + 1 })).toBe(false);
  });

  it("changes by itself exactly when it says so", () => {
    const print = printOf(told, { nowMs: startMs, startedAtMs: startMs });
    const changesAtMs = print?.changesAtMs ?? 0;

    expect(changesAtMs).toBe(startMs + 2 * minuteMs + 1); // the node's heartbeat of 30 s is its shortest promise
    expect(isSame(told, told, { atMs: changesAtMs - 1 })).toBe(true);
    expect(isSame(told, told, { atMs: changesAtMs })).toBe(false);
  });

  it("changes when what was received before the start, or was never told, is waited for no longer", () => {
    const startedAtMs = startMs + minuteMs;
    const silent = { ...told, connection: { kind: "connected", sinceMs: startedAtMs } as const };
    const heard = { ...silent, lastContactAtMs: startMs + 10 * minuteMs };
    const at = (minutes: number, node: NodeState) => printOf(node, { nowMs: startedAtMs + minutes * minuteMs, startedAtMs });
    const pairs = [
      [at(2, heard), printOf(heard, { nowMs: startedAtMs + 2 * minuteMs + 1, startedAtMs })], // the heartbeat's patience
      [at(3.5, heard), printOf(heard, { nowMs: startedAtMs + 3.5 * minuteMs + 1, startedAtMs })], // that of disks, told each minute
    ] as const;

    expect(pairs.map(([before, after]) => isSamePrint(before, after))).toEqual([false, false]);
    expect(pairs.map(([before]) => (before?.changesAtMs ?? 0) - startedAtMs)).toEqual([2 * minuteMs + 1, 3.5 * minuteMs + 1]);
  });

  it("of what is lost does not change by itself any more", () => {
    expect(printOf(told, { nowMs: startMs + 8 * 24 * 60 * minuteMs, startedAtMs: startMs })?.changesAtMs).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe("the print of a node of Longhorn", () => {
  const node = (status: Parameters<typeof aDisk>[2], more: Parameters<typeof aNode>[1] = {}) =>
    printOfLonghornNode(aNode("neko", more, [aDisk("d", {}, { uuid: "1", ...status })]));

  it("is the same when only more or less is free", () => {
    expect(node({ availableBytes: 5, scheduledBytes: 7 }, { resourceVersion: "8" })).toBe(node({ availableBytes: 6 }));
  });

  it("is another when its disk, a tag, or the ledger is", () => {
    const others = [node({ isReady: false }), node({}, { tags: ["core"] }), node({}, { annotations: { a: "b" } })];

    expect(others).not.toContain(node({}));
  });
});
