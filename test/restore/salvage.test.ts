/** The database of a real collector is damaged, with its log beside it: the collector says what to do, and doing it brings it back. */

import { statSync } from "node:fs";
import { cp, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overwrite } from "../../collector/src/store/test-support/rich-database.ts";
import { createRandom } from "../durability/random.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { builtRemark, createScene, isBuilt, type Scene } from "./scene.ts";

const nodes = ["neko"];
const pageBytes = 4096;

describe.skipIf(!isBuilt)(`the database of a collector that was killed${builtRemark}`, { timeout: 90_000 }, () => {
  let scene: Scene;
  let crashed: string;

  beforeAll(async () => {
    scene = await createScene(nodes);
    crashed = join(scene.folder, "crashed");
    await scene.startCollector();
    for (const agent of scene.agents.values()) agent.start();
    // The first life leaves a database, the second one a log beside it.
    await waitUntil("some history", 60_000, () => scene.ledger.acknowledgedCount() > 60);
    await scene.collector.stop();
    await scene.startCollector();
    await scene.moreAcknowledged();
    await scene.collector.kill();
    for (const agent of scene.agents.values()) await agent.kill();
    await cp(scene.dataDir, crashed, { recursive: true, filter: isFile });
  }, 240_000);

  afterAll(() => scene?.[Symbol.asyncDispose]());

  it.each([
    {
      name: "with its first page zeroed",
      harm: async () => overwrite(scene.database, new Uint8Array(pageBytes), 0),
      isRefused: true,
    },
    {
      name: "with random pages overwritten",
      harm: async () => overwriteSome(scene.database),
      isRefused: false, // Its log may have newer forms of all of them.
    },
    {
      name: "with random pages of its log overwritten",
      harm: async () => overwriteSome(`${scene.database}-wal`),
      isRefused: false, // SQLite takes what follows a wrong checksum for what a crash left.
    },
    { name: "cut off", harm: () => truncate(scene.database, 3 * pageBytes + 100), isRefused: true },
    {
      name: "with a text in its place",
      harm: () => writeFile(scene.database, "a shopping list\n".repeat(1000)),
      isRefused: true,
    },
  ])("$name is salvaged, and a collector starts on it", { timeout: 240_000 }, async ({ harm, isRefused }) => {
    await rm(scene.dataDir, { recursive: true });
    await cp(crashed, scene.dataDir, { recursive: true });
    expect(statSync(`${scene.database}-wal`).size).toBeGreaterThan(pageBytes);
    await harm();

    const refusal = await refusalOfStart();
    const salvaged = scene.command("salvage", "--data-dir", scene.dataDir);
    await scene.startCollector();
    await scene.collector.stop();

    expect(refusal !== undefined || !isRefused).toBe(true);
    if (refusal !== undefined) {
      expect(refusal).toContain("the collector ended with 74");
      expect(refusal).toContain(`collector salvage --data-dir ${scene.dataDir}`);
      expect(refusal).toContain(`collector restore --data-dir ${scene.dataDir} --from FILE`);
    }
    expect(salvaged).toMatchObject({ code: 0, complaint: "" });
    expect(salvaged.output).toContain(`${scene.database} is a new database now`);
    expect(salvaged.output).toMatch(/journal +\d+ saved/);
    expect(salvaged.output).toContain(`kept as ${scene.database}.damaged-`);
  });

  /** What a collector says that does not start; undefined where it does, and is stopped again. */
  async function refusalOfStart(): Promise<string | undefined> {
    try {
      await scene.startCollector();
    } catch (thrown) {
      return String(thrown);
    }
    await scene.collector.stop();
    return undefined;
  }

  function overwriteSome(file: string): void {
    const random = createRandom();
    process.stdout.write(`salvage: seed ${random.seed}\n`);
    const pages = Math.floor(statSync(file).size / pageBytes);
    for (let wound = 0; wound < 4; wound += 1) {
      const page = Math.floor(random.between(1, pages));
      overwrite(file, new Uint8Array(pageBytes).fill(0xa5), page * pageBytes);
    }
  }
});

describe.skipIf(!isBuilt)(`the commands${builtRemark}`, { timeout: 90_000 }, () => {
  it("say all that is wrong at once, and where to look", { timeout: 120_000 }, async () => {
    await using scene = await createScene([]);

    expect(scene.command("restore", "--form", "x", "--data-dir")).toMatchObject({
      code: 78,
      output: "",
      complaint: expect.stringMatching(
        /3 problems:[\s\S]*--form; did you mean "--from"\?[\s\S]*--data-dir needs a value[\s\S]*--from is missing/,
      ),
    });
    expect(scene.command("restore", "--data-dir", scene.dataDir, "--from", join(scene.folder, "none"))).toMatchObject({
      code: 78,
      complaint: expect.stringContaining("is not there; expected a file that a backup wrote"),
    });
    expect(scene.command("salvage", "--data-dir", scene.dataDir)).toMatchObject({
      code: 78,
      complaint: expect.stringContaining("there is nothing to salvage"),
    });
    expect(scene.command("--help").output).toContain("collector salvage  make a new database");
    expect(scene.command("restore", "--help")).toMatchObject({
      code: 0,
      output: expect.stringContaining("Usage: collector restore --from FILE"),
    });
    expect(scene.command("salvage", "--help").output).toContain("Usage: collector salvage");
  });
});

/** A socket that a killed collector left behind cannot be copied. */
function isFile(path: string): boolean {
  return !statSync(path).isSocket();
}
