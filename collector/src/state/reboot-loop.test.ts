import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { list, observation } from "../test-support/observations.ts";
import { connectedNode, disconnected, hello, observed, startMs } from "../test-support/states.ts";
import type { NodeState } from "./node-state.ts";
import { isInRebootLoop, rebootLoopOf } from "./reboot-loop.ts";
import { reduce } from "./reduce.ts";

const minuteMs = 60_000;

interface Told {
  readonly bootId?: string;
  readonly uptimeMs?: number;
  /** Starts of its boots, in ms before now; undefined: it keeps no list. */
  readonly boots?: readonly number[];
  readonly wasShutDown?: boolean;
  readonly atMs?: number;
}

/** The node after its probe `system` said so. */
function told(node: NodeState, { bootId = node.bootId, uptimeMs, boots, wasShutDown = false, atMs = startMs }: Told): NodeState {
  const history = (boots ?? []).map((beforeMs, index) => ({
    startedAtUnixMs: BigInt(atMs - beforeMs),
    ...(index === 0 ? {} : { wasShutDown }),
  }));
  const facts = {
    subjects: [
      { kind: "operating_system", outcome: Outcome.OK, value: { case: "operatingSystem" as const, value: { bootId } } },
      ...(boots === undefined
        ? []
        : [{ kind: "boot_history", outcome: Outcome.OK, value: { case: "bootHistory" as const, value: { boots: history } } }]),
    ],
    lists: [list("boot_history", true)],
    sampleKeys: [{ kind: "operating_system", id: "", name: "uptime_seconds" }],
  };
  const sampleValues = [uptimeMs === undefined ? Number.NaN : uptimeMs / 1_000];
  const overrides = { probe: "system", sequence: atMs - startMs + 1, sampleValues, observedAtUnixMs: BigInt(atMs) };
  return observed(node, observation(facts, overrides), atMs);
}

/** It comes again, with another kernel. */
function boots(node: NodeState, bootId: string, atMs: number): NodeState {
  const again = reduce(node, { kind: "connected", node: node.name, hello: hello({ bootId, epoch: `of ${bootId}` }), atMs });
  if (again === undefined) throw new Error("it is not known");
  return again;
}

describe("isInRebootLoop", () => {
  it.each([
    { name: "three boots within half an hour", boots: [5, 15, 34], uptime: 5, expected: true },
    { name: "three boots, the first longer ago", boots: [5, 15, 36], uptime: 5, expected: false },
    { name: "two boots", boots: [5, 15], uptime: 5, expected: false },
    { name: "three boots, and half an hour of rest since", boots: [30, 40, 50], uptime: 30, expected: false },
    { name: "three boots, and nearly half an hour of rest", boots: [29, 40, 50], uptime: 29, expected: true },
    { name: "a list that ends long before it was started", boots: [600, 610, 620], uptime: 5, expected: false },
    { name: "a clock that was twenty minutes slow at each start", boots: [25, 35, 45], uptime: 5, expected: true },
    { name: "a list without its uptime", boots: [5, 15, 25], uptime: undefined, expected: false },
    { name: "no list", boots: undefined, uptime: 5, expected: false },
  ])("judges $name: $expected", ({ boots: minutes, uptime, expected }) => {
    const node = told(connectedNode(), {
      ...(minutes === undefined ? {} : { boots: minutes.map((each) => each * minuteMs) }),
      ...(uptime === undefined ? {} : { uptimeMs: uptime * minuteMs }),
    });

    expect(isInRebootLoop(node, startMs)).toBe(expected);
  });

  it("is false of a machine that said nothing yet", () => {
    expect(isInRebootLoop(connectedNode(), startMs)).toBe(false);
  });

  it("knows the third boot by its greeting, before the machine tells its own list", () => {
    const before = told(connectedNode(), { boots: [2 * minuteMs, 9 * minuteMs], uptimeMs: 2 * minuteMs });
    expect(isInRebootLoop(before, startMs)).toBe(false);

    expect(isInRebootLoop(boots(before, "third", startMs + 5 * minuteMs), startMs + 5 * minuteMs)).toBe(true);
  });

  it("counts what it sees itself of a machine that keeps no list", () => {
    let node = told(connectedNode(), { uptimeMs: 600 * minuteMs });
    for (const [index, bootId] of ["b", "c", "d"].entries()) {
      expect(isInRebootLoop(node, startMs)).toBe(false);
      node = boots(node, bootId, startMs + (index + 1) * 8 * minuteMs);
    }

    expect(rebootLoopOf(node, startMs + 24 * minuteMs)).toEqual({
      startedAtMs: [24, 16, 8].map((minutes) => startMs + minutes * minuteMs),
      abruptCount: undefined,
      uptimeMs: 0,
    });
  });

  it("sees no boots in two machines of one identity that push each other out", () => {
    let node = connectedNode();
    for (let turn = 1; turn <= 8; turn += 1) node = boots(node, turn % 2 === 0 ? "a" : "b", startMs + turn * minuteMs);

    expect(node.bootsSeen).toHaveLength(2);
    expect(isInRebootLoop(node, startMs + 8 * minuteMs)).toBe(false);
  });

  it("is not over by silence: only the machine itself can say that it runs", () => {
    const node = told(connectedNode(), { boots: [minuteMs, 2 * minuteMs, 3 * minuteMs], uptimeMs: minuteMs });
    const silent = disconnected(node, startMs + minuteMs, undefined);

    expect(isInRebootLoop(silent, startMs + 600 * minuteMs)).toBe(true);
    expect(isInRebootLoop(told(silent, { uptimeMs: 30 * minuteMs, atMs: startMs + 29 * minuteMs }), startMs)).toBe(false);
  });

  it("forgets the boots of a machine whose name another one bears now", () => {
    let node = connectedNode();
    for (const [index, bootId] of ["b", "c", "d"].entries()) node = boots(node, bootId, startMs + index * minuteMs);
    const other = hello({ machineId: "f".repeat(32), bootId: "e", epoch: "other" });
    const after = reduce(node, { kind: "connected", node: "neko", hello: other, atMs: startMs + 4 * minuteMs });

    expect(isInRebootLoop(node, startMs + 3 * minuteMs)).toBe(true);
    expect(after?.bootsSeen).toEqual([]);
  });

  it("says how many of the boots before ended without a shutdown", () => {
    const history = { boots: [minuteMs, 2 * minuteMs, 3 * minuteMs], uptimeMs: minuteMs };

    expect(rebootLoopOf(told(connectedNode(), history), startMs)?.abruptCount).toBe(2);
    expect(rebootLoopOf(told(connectedNode(), { ...history, wasShutDown: true }), startMs)?.abruptCount).toBe(0);
  });
});
