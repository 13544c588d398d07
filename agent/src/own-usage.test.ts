import { describe, expect, it } from "vitest";
import { parseOwnUsage, readOwnUsage } from "./own-usage.ts";

const memory = "00400000-7ffe [rollup]\nRss:               61440 kB\nPss:               30000 kB\nAnonymous:         20480 kB\n";
const stat = "812 (node (x) y) S 1 812 812 0 -1 4194304 9000 800 0 0 150 50 20 5 20 0 11 0 100 600000 15360";

describe("parseOwnUsage", () => {
  it("takes memory from smaps_rollup, and CPU with that of ended children from stat, whatever the process is called", () => {
    expect(parseOwnUsage({ memory, stat })).toEqual({
      residentBytes: 61_440 * 1024,
      anonymousBytes: 20_480 * 1024,
      cpuSeconds: 2.25,
    });
  });

  it("leaves unknown what is not there", () => {
    expect(parseOwnUsage({ memory: "", stat: "" })).toEqual({
      residentBytes: undefined,
      anonymousBytes: undefined,
      cpuSeconds: undefined,
    });
  });

  it("understands what this kernel says", async () => {
    const usage = parseOwnUsage(await readOwnUsage());

    expect(usage.residentBytes).toBeGreaterThan(20e6);
    expect(usage.anonymousBytes).toBeLessThan(usage.residentBytes ?? 0);
    expect(usage.cpuSeconds).toBeGreaterThan(0);
  });
});
