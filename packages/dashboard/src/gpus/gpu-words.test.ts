import type { GpuReservation, LoadedModelBody } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { ageText, isLoadedBadly, keeperText, loadedText, numbersText } from "./gpu-words.ts";
import { aFleetGpu } from "./test-support/fleet-gpu.ts";

const nowMs = Date.UTC(2026, 10, 22, 12);
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString();
const model: LoadedModelBody = { name: "granite4:3b", placement: "gpu", text: "on the GPU" };

describe("loadedText", () => {
  it.each<[name: string, model: Partial<LoadedModelBody>, text: string]>([
    [
      "all that is known",
      { contextLengthTokens: 4096, expiresAt: at(240) },
      "on the GPU, context 4,096 tokens, unloads in 4 min",
    ],
    ["that it stays", { isKept: true, expiresAt: at(240) }, "on the GPU, stays"],
    ["that its time is over", { expiresAt: at(-3) }, "on the GPU, unloads at any moment"],
    ["that it lies on the CPU", { placement: "cpu-fallback" }, "on the CPU, though Ollama claims the GPU"],
  ])("says %s", (_, more, text) => {
    expect(loadedText({ ...model, ...more }, nowMs)).toBe(text);
  });

  it("is bad where the model is slow and nobody wanted that", () => {
    const bad = (["gpu", "partly", "cpu", "cpu-fallback", "unknown"] as const).filter((placement) =>
      isLoadedBadly({ ...model, placement }),
    );

    expect(bad).toEqual(["partly", "cpu-fallback"]);
  });
});

describe("keeperText", () => {
  const kept: GpuReservation = { node: "siberian", kind: "person", by: "mika", reason: "a film", at: at(-60), until: at(7380) };

  it("says who, for how long and why", () => {
    expect(keeperText(kept, nowMs)).toBe("Reserved by mika for another 2 h 3 min: a film");
    expect(keeperText({ ...kept, reason: "" }, nowMs)).toBe("Reserved by mika for another 2 h 3 min");
  });

  it("says of a program when models come back", () => {
    const { until: _, ...rest } = kept;

    expect(keeperText({ ...rest, kind: "program", by: "Cyberpunk2077.exe", reason: "" }, nowMs)).toBe(
      "Kept for Cyberpunk2077.exe for 1 min; models may come back five minutes after it is gone",
    );
  });
});

describe("numbers of a GPU", () => {
  it("leave out what is not known", () => {
    const numbers = { temperatureCelsius: 44, powerWatts: 38.5, powerLimitWatts: 300, utilizationPercent: 12 };

    expect(numbersText(aFleetGpu("neko", numbers))).toBe("44 °C · 39 W of 300 W · 12 % busy");
    expect(numbersText(aFleetGpu("neko", { powerWatts: 4.1 }))).toBe("4.1 W");
    expect(numbersText(aFleetGpu("neko"))).toBe("");
    expect(ageText({}, nowMs)).toBe("");
    expect(ageText({ readAt: at(-3) }, nowMs)).toBe("read 3 s ago");
  });
});
