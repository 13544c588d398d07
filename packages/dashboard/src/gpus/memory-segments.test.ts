import { describe, expect, it } from "vitest";
import { memorySegments } from "./memory-segments.ts";

describe("memorySegments", () => {
  it("names the owners, and ends with what is free", () => {
    const memory = [
      { owner: "game", name: "Cyberpunk2077.exe", bytes: 8 },
      { owner: "ollama", name: "granite4:3b", bytes: 4 },
      { owner: "unnamed", name: "", bytes: 2 },
    ] as const;

    expect(memorySegments({ memory: [...memory], memoryFreeBytes: 2 })).toEqual([
      { owner: "game", label: "game: Cyberpunk2077.exe", bytes: 8, percent: 50 },
      { owner: "ollama", label: "granite4:3b", bytes: 4, percent: 25 },
      { owner: "unnamed", label: "somebody, not named", bytes: 2, percent: 12.5 },
      { owner: "free", label: "free", bytes: 2, percent: 12.5 },
    ]);
  });

  it("takes those together who are too many to be named", () => {
    const memory = Array.from({ length: 9 }, (_, index) => ({ owner: "other" as const, name: `p${index}`, bytes: 10 - index }));
    const segments = memorySegments({ memory, memoryFreeBytes: 1 });

    expect(segments).toHaveLength(8);
    expect(segments[6]).toMatchObject({ label: "3 others", bytes: 4 + 3 + 2 });
  });

  it("has no bar where it is not known what is free", () => {
    expect(memorySegments({ memory: [] })).toEqual([]);
  });
});
