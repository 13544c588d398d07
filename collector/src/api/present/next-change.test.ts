import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../../state/holder.ts";
import { viewNode } from "../../state/node-view.ts";
import { Machine } from "../test-support/machine.ts";
import { diskReadings, sensorReadings } from "../test-support/readings.ts";
import { nextChangeAtMs } from "./next-change.ts";
import { nodeDetail } from "./node-detail.ts";

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 24 * 3_600_000;

describe("nextChangeAtMs", () => {
  it("is never later than the first moment at which the detail reads differently", () => {
    const machine = new Machine("neko");
    const state = createStateHolder([]);
    state.apply(machine.connect(startMs));
    state.apply(machine.observe("disks", diskReadings(), startMs));
    state.apply(machine.observe("sensors", sensorReadings(), startMs + 40_000));
    state.apply(machine.contact(startMs + 60_000));
    const node = state.node("neko");
    if (node === undefined) throw new Error("the machine did not report");

    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * dayMs }), fc.integer({ min: 1, max: dayMs }), (afterMs, laterMs) => {
        const view = viewNode(node, startMs + afterMs);
        const justBeforeMs = Math.min(nextChangeAtMs(view) - 1, view.nowMs + laterMs);

        expect(nodeDetail(viewNode(node, justBeforeMs), [])).toEqual(nodeDetail(view, []));
      }),
      { numRuns: 300 },
    );
  });

  it("comes again and again until nothing can change any more", () => {
    const machine = new Machine("neko");
    const state = createStateHolder([]);
    state.apply(machine.connect(startMs));
    const node = state.node("neko");
    if (node === undefined) throw new Error("the machine did not report");

    const first = nextChangeAtMs(viewNode(node, startMs));

    expect(first).toBe(startMs + 120_001);
    expect(nextChangeAtMs(viewNode(node, first))).toBe(startMs + 180_000);
  });
});
