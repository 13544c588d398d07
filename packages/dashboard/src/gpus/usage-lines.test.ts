import { describe, expect, it } from "vitest";
import { usageFromMs, usageLines, usageTimes } from "./usage-lines.ts";

describe("usageLines", () => {
  it("has the desktop at the bottom and games on top, each under its name", () => {
    const lines = usageLines([
      { owner: "Cyberpunk2077.exe", purpose: "game", bytes: [9, null] },
      { owner: "ollama", purpose: "ollama", bytes: [3, 3] },
      { owner: "desktop", purpose: "desktop", bytes: [1, 1] },
    ]);

    expect(lines.map(({ label, values }) => [label, values])).toEqual([
      ["desktop", [1, 1]],
      ["Ollama", [3, 3]],
      ["Cyberpunk2077.exe", [9, null]],
    ]);
  });
});

describe("usageTimes", () => {
  it("begins each step where the one before it ends", () => {
    const usage = {
      ...{ from: "2026-11-22T12:00:00.000Z", to: "2026-11-22T12:10:00.000Z", stepSeconds: 300 },
      ...{ gpusLeftOut: 0, modelsFrom: "2026-11-22T12:00:00.000Z", models: [], modelsLeftOut: 0 },
      gpus: [{ node: "neko", gpuId: "0", name: "A GPU", owners: [], freeBytes: [1, null] }],
    };

    expect(usageTimes(usage)).toEqual([Date.UTC(2026, 10, 22, 12), Date.UTC(2026, 10, 22, 12, 5)]);
  });
});

describe("usageFromMs", () => {
  const day = { from: "2026-11-22T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z", stepSeconds: 300 };
  const usageOf = (...gpus: readonly (readonly (number | null)[])[]) => ({
    ...{ ...day, gpusLeftOut: 0, modelsFrom: day.from, models: [], modelsLeftOut: 0 },
    gpus: gpus.map((freeBytes, index) => ({
      node: "neko",
      gpuId: String(index),
      name: "A GPU",
      owners: [],
      freeBytes: [...freeBytes],
    })),
  });
  const steps = (unknown: number): readonly (number | null)[] =>
    Array.from({ length: 288 }, (_, index) => (index < unknown ? null : 1));

  it.each([
    { name: "the whole time where nothing is known", gpus: [steps(288)], from: Date.UTC(2026, 10, 22) },
    { name: "the whole time where all of it is known", gpus: [steps(0), steps(288)], from: Date.UTC(2026, 10, 22) },
    { name: "the first value of any GPU", gpus: [steps(144), steps(240)], from: Date.UTC(2026, 10, 22, 12) },
    { name: "an hour where it began just now", gpus: [steps(287)], from: Date.UTC(2026, 10, 22, 23) },
  ])("is $name", ({ gpus, from }) => {
    expect(usageFromMs(usageOf(...gpus))).toBe(from);
  });
});
