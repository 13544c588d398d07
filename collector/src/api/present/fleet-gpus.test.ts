import { describe, expect, it } from "vitest";
import { createStateHolder, type StateHolder } from "../../state/holder.ts";
import { gpuReadings, ollamaReadings } from "../test-support/gpu-readings.ts";
import { Machine } from "../test-support/machine.ts";
import { fleetGpus } from "./fleet-gpus.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const gib = 2 ** 30;
const expiresAtMs = nowMs + 240_000;

/** Each of them with a GPU and an Ollama, which has a model in memory. */
function fleetOf(names: readonly string[]): StateHolder {
  const state = createStateHolder([]);
  for (const name of names) {
    const machine = new Machine(name, ["gpu", "ollama"]);
    const loaded = [{ name: "granite4:3b", gib: 2.8, expiresAtMs }];
    const processes = [
      { pid: 1, name: "ollama", purpose: "ollama", gib: 3 },
      { pid: 2, name: "Cyberpunk2077.exe", purpose: "game", gib: 9 },
    ] as const;
    state.apply(machine.connect(nowMs));
    state.apply(machine.observe("ollama", ollamaReadings({ loaded }), nowMs));
    state.apply(machine.observe("gpu", gpuReadings({ processes, samples: { is_limited_by_power_cap: 1 } }), nowMs));
  }
  return state;
}

const sources = { reservations: { of: () => undefined }, nowMs: nowMs + 1_000 };

describe("fleetGpus", () => {
  it("says of each GPU who holds its memory and how it is, and what Ollama has loaded beside it, by node", () => {
    const { gpus, ollamas } = fleetGpus(fleetOf(["siberian", "neko"]).nodes(), sources);

    expect(gpus.map(({ node }) => node)).toEqual(["neko", "siberian"]);
    expect(gpus[0]).toMatchObject({
      ...{ verdict: "taken", temperatureCelsius: 44, powerWatts: 38.5, powerLimitWatts: 300, utilizationPercent: 0 },
      slowed: "slowed by its power limit",
      memory: [
        { owner: "game", name: "Cyberpunk2077.exe", bytes: 9 * gib },
        { owner: "ollama", name: "granite4:3b", bytes: 3 * gib },
      ],
    });
    expect(gpus[0]).not.toHaveProperty("away");
    expect(ollamas[0]).toMatchObject({
      ...{ node: "neko", isRunning: true },
      loadedModels: [{ name: "granite4:3b", placement: "gpu", expiresAt: new Date(expiresAtMs).toISOString() }],
    });
  });

  it("says at once of a machine that it was switched off, while its last word is still fresh", () => {
    const state = createStateHolder([]);
    const machine = new Machine("siberian", ["gpu"], "intermittent");
    state.apply(machine.connect(nowMs));
    state.apply(machine.observe("gpu", gpuReadings(), nowMs));
    state.apply(machine.disconnect(nowMs + 100, "shutdown"));
    const [gpu] = fleetGpus(state.nodes(), sources).gpus;

    expect(gpu).toMatchObject({ freshness: "fresh", away: "switched off since 2026-11-22 12:00 UTC", memory: [] });
    expect(gpu).not.toHaveProperty("powerWatts");
  });

  it("says why a machine is away, and has no number of then as if it were of now", () => {
    const [gpu] = fleetGpus(fleetOf(["neko"]).nodes(), { ...sources, nowMs: nowMs + 3_600_000 }).gpus;

    expect(gpu).toMatchObject({ verdict: "unknown", memory: [], away: expect.stringContaining("silent") });
    expect(gpu).not.toHaveProperty("temperatureCelsius");
  });
});
