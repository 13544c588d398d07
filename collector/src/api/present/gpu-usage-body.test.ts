import { GpuUsage } from "@nodekeeper/shared/api";
import { Value } from "typebox/value";
import { describe, expect, it } from "vitest";
import { ownerKey } from "../../gpu-usage/memory-series.ts";
import { createNodeUsage, type NodeUsage } from "../../gpu-usage/node-usage.ts";
import { gpuUsageBody } from "./gpu-usage-body.ts";

const nowMs = Date.UTC(2026, 10, 22, 12, 2);
const [minuteMs, hourMs, dayMs, gib] = [60_000, 3_600_000, 86_400_000, 2 ** 30];
const stays = { contextLengthTokens: 4096, expiresAtMs: Number.POSITIVE_INFINITY };

function held(usage: NodeUsage, fromMs: number, gibs: Readonly<Record<string, number>>, id = "0000:01:00.0"): void {
  const owners = new Map(Object.entries(gibs).map(([key, each]) => [key, each * gib]));
  const reading = { id, name: "card", capacityBytes: 15 * gib, held: { owners, freeBytes: undefined } };
  for (const atMs of [fromMs, fromMs + minuteMs]) usage.takeMemory(atMs, 2 * minuteMs, [reading]);
}

function loaded(usage: NodeUsage, fromMs: number, models: readonly string[]): void {
  const of = (names: readonly string[]) => new Map(names.map((name) => [name, stays]));
  const origin = { goodForMs: 2 * minuteMs, witness: "agent", run: "1" } as const;
  usage.takeModels({ ...origin, atMs: fromMs - minuteMs, loaded: of([]) }, false);
  for (const atMs of [fromMs, fromMs + minuteMs]) usage.takeModels({ ...origin, atMs, loaded: of(models) }, false);
}

describe("how GPUs were used, as the API tells it", () => {
  it("has a number of each step, and null where nothing was told, also of what is free", () => {
    const usage = createNodeUsage("neko");
    held(usage, nowMs - 10 * minuteMs, { "ollama ollama": 6 });

    const body = gpuUsageBody([usage], { hours: 1, nowMs });
    expect(Value.Check(GpuUsage, body)).toBe(true);
    expect(body).toMatchObject({ from: "2026-11-22T11:00:00.000Z", to: "2026-11-22T12:02:00.000Z", stepSeconds: 300 });
    const [gpu] = body.gpus;
    expect(gpu?.owners).toEqual([
      { owner: "ollama", purpose: "ollama", bytes: Array.from({ length: 13 }, (_, at) => (at === 10 ? 6 * gib : null)) },
    ]);
    expect(gpu?.freeBytes).toEqual(Array<null>(13).fill(null));
  });

  it("names the six programs that held most, and has the others as one, last", () => {
    const usage = createNodeUsage("neko");
    const programs = Array.from({ length: 9 }, (_, at) => [ownerKey("game", `game-${at}`), (at + 1) / 16]);
    held(usage, nowMs - 2 * minuteMs, { "ollama ollama": 0.1, ...Object.fromEntries(programs), "other a tool.py": 7 });

    const owners = gpuUsageBody([usage], { hours: 1, nowMs }).gpus[0]?.owners ?? [];
    expect(owners.map(({ owner }) => owner)).toEqual([
      "a tool.py",
      "game-8",
      "game-7",
      "game-6",
      "game-5",
      "game-4",
      "ollama",
      "rest",
    ]);
    expect(owners.at(-1)).toMatchObject({ purpose: "rest" });
    expect(owners.at(-1)?.bytes.at(-1)).toBe(((1 + 2 + 3 + 4) / 16) * gib);
  });

  it("has models of the hours, or of days of UTC, the longest first, and none that was not there", () => {
    const usage = createNodeUsage("neko");
    loaded(usage, nowMs - 3 * dayMs, ["old"]);
    loaded(usage, nowMs - 5 * hourMs, ["a", "b"]);
    loaded(usage, nowMs - 10 * minuteMs, ["a"]);

    const day = gpuUsageBody([usage], { hours: 24, nowMs });
    expect(day.models.map(({ model, loadedSeconds, loads }) => [model, loadedSeconds, loads])).toEqual([
      ["a", 120, 2],
      ["b", 60, 1],
    ]);
    expect(day.modelsFrom).toBe("2026-11-21T12:00:00.000Z");
    expect(day.models[0]).toMatchObject({ lastLoadedAt: "2026-11-22T11:52:00.000Z" });
    expect(day.models[0]).not.toHaveProperty("isLoaded");
    const days = gpuUsageBody([usage], { hours: 24, days: 4, nowMs });
    expect(days.models.map(({ model }) => model)).toEqual(["a", "b", "old"]);
    expect(days.modelsFrom).toBe("2026-11-19T00:00:00.000Z");
    expect(gpuUsageBody([usage], { hours: 1, nowMs }).models.map(({ model }) => model)).toEqual(["a"]);
  });

  it("says how many it leaves out", () => {
    const usages = Array.from({ length: 5 }, (_, index) => createNodeUsage(`node-${index}`));
    for (const usage of usages) {
      for (let gpu = 0; gpu < 21; gpu += 1) held(usage, nowMs - 2 * minuteMs, { "ollama ollama": 1 }, `0000:${gpu}`);
    }

    const body = gpuUsageBody(usages, { hours: 1, nowMs });
    expect([body.gpus.length, body.gpusLeftOut, body.modelsLeftOut]).toEqual([100, 5, 0]);
  });
});
