import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readKeptReadings, writeKeptReadings } from "./kept-readings.ts";
import { okSubject } from "./payload.ts";
import { createSilentLogger } from "./test-support/silent-logger.ts";
import { createTempDirectory } from "./test-support/temp-directory.ts";

const gpu = okSubject("gpu_status", "0000:01:00.0", { productName: "Example 3050", memoryTotalBytes: 4_294_967_296n }, 1_000);

describe("kept readings", () => {
  it("are what the agent before this one read in the same boot", async () => {
    await using folder = await createTempDirectory();
    const place = { directory: folder.path, bootId: "b1", logger: createSilentLogger() };

    writeKeptReadings(place, [gpu]);

    expect(readKeptReadings(place)).toEqual([gpu]);
    expect(readdirSync(folder.path)).toEqual(["last-readings"]);
  });

  it("of an earlier boot are not believed: the hardware may be another", async () => {
    await using folder = await createTempDirectory();
    const place = { directory: folder.path, bootId: "b1", logger: createSilentLogger() };
    writeKeptReadings(place, [gpu]);

    expect(readKeptReadings({ ...place, bootId: "b2" })).toEqual([]);
  });

  it("that are missing, damaged or cannot be written keep nobody from working", async () => {
    await using folder = await createTempDirectory();
    const place = { directory: folder.path, bootId: "b1", logger: createSilentLogger() };

    expect(readKeptReadings(place)).toEqual([]);
    writeFileSync(join(folder.path, "last-readings"), "\xff\xff\xff not ours");
    expect(readKeptReadings(place)).toEqual([]);
    mkdirSync(join(folder.path, "last-readings.new"));
    expect(() => writeKeptReadings(place, [gpu])).not.toThrow();
  });
});
