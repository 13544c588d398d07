import type { GpuUsage } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderGpuUsage } from "./gpu-usage.ts";

const terminal = createTerminal({ isTerminal: true, columns: 100, env: { NO_COLOR: "1" } });
const nowMs = Date.UTC(2026, 10, 22, 12, 2);
const gib = 2 ** 30;

/** A day of steps: not known for a quarter of it, then nothing, then so many GiB, and those in the last hour. */
const day = (held: number, last: number): (number | null)[] =>
  Array.from({ length: 289 }, (_, at) => (at < 72 ? null : at < 144 ? 0 : (at < 276 ? held : last) * gib));
const nothing: GpuUsage = {
  ...{ from: "2026-11-21T12:00:00.000Z", to: "2026-11-22T12:02:00.000Z", stepSeconds: 300, gpus: [], gpusLeftOut: 0 },
  ...{ modelsFrom: "2026-11-21T12:00:00.000Z", models: [], modelsLeftOut: 0 },
};

describe("renderGpuUsage", () => {
  it("shows who held memory now, on average and at most, and how it went, a gap where nothing is known", () => {
    const usage: GpuUsage = {
      ...nothing,
      gpus: [
        {
          ...{ node: "siberian", gpuId: "0000:01:00.0", name: "NVIDIA GeForce RTX 5070 Ti", capacityBytes: 16 * gib },
          owners: [
            { owner: "ollama", purpose: "ollama", bytes: day(6, 0) },
            { owner: "Cyberpunk2077.exe", purpose: "game", bytes: day(0, 10) },
          ],
          freeBytes: day(10, 6),
        },
      ],
      models: [
        {
          ...{
            node: "siberian",
            model: "qwen2.5:14b",
            isLoaded: false,
            loadedSeconds: 39_900,
            loads: 3,
            reloads: 1,
            evictions: 2,
          },
          ...{ lastLoadedAt: "2026-11-22T09:02:00.000Z", lastEvictedAt: "2026-11-22T11:02:00.000Z" },
        },
        { node: "studio", model: "granite4:3b", loadedSeconds: 60, loads: 0, reloads: 0, evictions: 0 },
      ],
    };

    expect(renderGpuUsage(terminal, usage, nowMs).split("\n")).toEqual([
      "siberian  GeForce RTX 5070 Ti (01:00.0), 16.0 GiB",
      "OWNER                   NOW  AVERAGE      MOST  LAST 24 H",
      "ollama                  0 B  3.6 GiB   6.0 GiB  ······      ▄▄▄▄▄▄▄▄▄▄▄",
      "Cyberpunk2077.exe  10.0 GiB  613 MiB  10.0 GiB  ······                 ▆",
      "free                6.0 GiB  6.4 GiB  10.0 GiB  ······      ▆▆▆▆▆▆▆▆▆▆▆▄",
      "",
      "· not known then",
      "",
      "MODEL        NODE          LOADED  NOW  LOADS  RELOADS  EVICTIONS  LAST LOADED  LAST EVICTED",
      "qwen2.5:14b  siberian  11 h 5 min           3        1          2  3 h ago      1 h ago",
      "granite4:3b  studio         1 min  ?        0        0          0",
      "",
      "models since 2026-11-21 12:00 UTC; counts are lower bounds",
    ]);
  });

  it("says where nothing was told", () => {
    expect(renderGpuUsage(terminal, nothing, nowMs)).toContain("nothing was told yet");
  });
});
