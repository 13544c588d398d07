import { describe, expect, it } from "vitest";
import { type GpuMachineInit, gpuMachine } from "../../test-support/gpu-machine.ts";
import { gpuReadings } from "./gpu-reading.ts";
import { memoryShares } from "./memory-shares.ts";

const gib = 2 ** 30;

function shares(init: GpuMachineInit): readonly (readonly [string, string, number])[] {
  const facts = gpuMachine(init);
  const [gpu] = gpuReadings(facts);
  return gpu === undefined ? [] : memoryShares(gpu, facts).map(({ owner, name, bytes }) => [owner, name, bytes / gib]);
}

describe("memoryShares", () => {
  it("names models, games and desktops, the largest first", () => {
    const init: GpuMachineInit = {
      processes: [
        { pid: 1, gib: 3 },
        { pid: 2, name: "Xorg", purpose: "desktop", gib: 0.5 },
        { pid: 3, name: "Cyberpunk2077.exe", purpose: "game", gib: 9 },
      ],
      loaded: [{ name: "granite4:3b", sizeGib: 2.8, vramGib: 2.8 }],
    };

    expect(shares(init)).toEqual([
      ["game", "Cyberpunk2077.exe", 9],
      ["ollama", "granite4:3b", 3],
      ["desktop", "Xorg", 0.5],
    ]);
  });

  it("adds processes of one program, and leaves an Ollama without a model its own name", () => {
    const browser = { name: "firefox", purpose: "other", gib: 0.25 };

    expect(
      shares({
        processes: [
          { pid: 1, gib: 1 },
          { pid: 2, ...browser },
          { pid: 3, ...browser },
        ],
      }),
    ).toEqual([
      ["ollama", "ollama", 1],
      ["other", "firefox", 0.5],
    ]);
  });

  it("says that somebody holds what the driver names nobody for", () => {
    const samples = { memory_used_bytes: 4 * gib, memory_free_bytes: 11.5 * gib };

    expect(shares({ gpus: [{ samples }], processes: [{ pid: 1, name: "python3", purpose: "other", gib: 1 }] })).toEqual([
      ["unnamed", "", 3],
      ["other", "python3", 1],
    ]);
  });

  it("believes Ollama where the driver tells of no process, and no more than is used", () => {
    const samples = { memory_used_bytes: 4 * gib, memory_free_bytes: 11.5 * gib };
    const init = { gpus: [{ samples }], processes: [{ pid: 1 }] };

    expect(shares({ ...init, loaded: [{ name: "qwen3:4b", sizeGib: 3, vramGib: 3 }] })).toEqual([
      ["ollama", "qwen3:4b", 3],
      ["unnamed", "", 1],
    ]);
    expect(shares({ ...init, loaded: [{ name: "gemma3:27b", sizeGib: 17, vramGib: 7 }] })).toEqual([["ollama", "gemma3:27b", 4]]);
  });

  it("has none of a GPU that sleeps, or of which nothing is known now", () => {
    expect(shares({ gpus: [{ value: { power: "asleep" } }], processes: [{ pid: 1, gib: 1 }] })).toEqual([]);
    expect(shares({ gpus: [{ status: { freshness: "stale" } }], processes: [{ pid: 1, gib: 1 }] })).toEqual([]);
  });
});
