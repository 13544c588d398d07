import { createLogger } from "@nodekeeper/shared";
import type { History } from "@nodekeeper/shared/api";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createStateHolder } from "../../state/holder.ts";
import type { HistoryRequest } from "../../store/store.ts";
import { Machine } from "../test-support/machine.ts";
import { diskReadings } from "../test-support/readings.ts";
import { createFillForecasts } from "./fill-forecasts.ts";

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 5, 1);

/** A history of 40 days in which every filesystem grew by 1 % of its terabyte a day, up to 40 %. */
function growing(asked: HistoryRequest[]) {
  return {
    async history(request: HistoryRequest): Promise<History> {
      asked.push(request);
      const at = Array.from({ length: 40 * 24 }, (_, hour) => startMs - 40 * dayMs + (hour * dayMs) / 24);
      const average = at.map((atMs) => 4e11 - ((startMs - atMs) / dayMs) * 1e10);
      const one = { kind: "filesystem", id: "/", name: "used_bytes", at, average, minimum: average, maximum: average };
      return { series: [one], resolution: "1h" } as unknown as History; // as much of it as is looked at
    },
  };
}

async function scene() {
  const clock = new FakeClock(startMs);
  const state = createStateHolder([]);
  const machine = new Machine("neko");
  state.apply(machine.connect(startMs));
  state.apply(machine.observe("disks", diskReadings(), startMs));
  const asked: HistoryRequest[] = [];
  const store = growing(asked);
  const forecasts = createFillForecasts({
    ...{ state, clock, store },
    random: () => 0.5,
    logger: createLogger("test", "silent"),
  });
  return { clock, state, asked, forecasts };
}

describe("forecasts for metrics", () => {
  it("are made once somebody reads, once an hour a node, and not while nobody does", async () => {
    const { clock, asked, forecasts } = await scene();
    await clock.advance(10 * 60_000);
    expect(asked).toEqual([]);

    expect(forecasts.fullAtMs("neko", "/")).toBeUndefined();
    await clock.advance(60_000);
    const days = ((forecasts.fullAtMs("neko", "/") ?? 0) - startMs) / dayMs;
    expect(days).toBeGreaterThan(50);
    expect(days).toBeLessThan(70);
    expect(asked.length).toBeGreaterThan(0);

    await clock.advance(40 * 60_000);
    const before = asked.length;
    await clock.advance(12 * 60 * 60_000);
    expect(asked).toHaveLength(before);
    expect(forecasts.fullAtMs("neko", "/")).toBeUndefined(); // half a day old: nobody's word any more
    await forecasts[Symbol.asyncDispose]();
    expect(clock.sleeperCount).toBe(0);
  });

  it("go with their node", async () => {
    const { clock, state, forecasts } = await scene();
    forecasts.fullAtMs("neko", "/");
    await clock.advance(60_000);
    state.apply(new Machine("neko").disconnect(startMs, "shutdown"));
    state.apply({ kind: "retired", node: "neko" });
    forecasts.fullAtMs("neko", "/");
    await clock.advance(2 * 60_000);

    expect(forecasts.fullAtMs("neko", "/")).toBeUndefined();
    await forecasts[Symbol.asyncDispose]();
  });
});
