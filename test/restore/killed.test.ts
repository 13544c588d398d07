/** `collector salvage` and `collector restore` are killed at random moments: what was there is still there, and running them again ends them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBackup } from "../../collector/src/store/backup/write-backup.ts";
import { migrations } from "../../collector/src/store/database/migrations.ts";
import { verifyDatabase } from "../../collector/src/store/database/verify-database.ts";
import { overwrite, richDatabase, rowsOf } from "../../collector/src/store/test-support/rich-database.ts";
import type { TemporaryDirectory } from "../../collector/src/store/test-support/temporary-directory.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { createRandom } from "../durability/random.ts";
import { builtRemark, createScene, isBuilt, type Scene } from "./scene.ts";

const kills = 4;
const findings = 300;

describe.skipIf(!isBuilt)(`a command that is killed${builtRemark}`, { timeout: 90_000 }, () => {
  let scene: Scene;
  let original: TemporaryDirectory;
  let backup: string;

  beforeAll(async () => {
    scene = await createScene([]);
    original = richDatabase(true);
    backup = join(scene.folder, "backup.db");
    await writeBackup(join(original.path, "nodekeeper.db"), backup, migrations.length);
  }, 240_000);

  afterAll(async () => {
    original?.[Symbol.dispose]();
    await scene?.[Symbol.asyncDispose]();
  });

  it.each([
    { name: "salvage", args: () => ["salvage"] },
    { name: "restore", args: () => ["restore", "--from", backup] },
  ])("$name loses nothing, and is ended by running it again", { timeout: 480_000 }, async ({ args }) => {
    const random = createRandom();
    process.stdout.write(`killed: seed ${random.seed}\n`);
    const startedAtMs = systemClock.monotonicMs();
    begin();
    expect(scene.command(...args(), "--data-dir", scene.dataDir).code).toBe(0);
    const tookMs = systemClock.monotonicMs() - startedAtMs;
    for (let kill = 0; kill < kills; kill += 1) {
      begin();
      const before = readFileSync(scene.database);
      await runAndKill([...args(), "--data-dir", scene.dataDir], random.between(tookMs / 3, tookMs));
      const isKept = readdirSync(scene.dataDir)
        .filter((name) => /^nodekeeper\.db(\.(damaged|replaced)-[^.]*Z)?$/.test(name))
        .some((name) => readFileSync(join(scene.dataDir, name)).equals(before));
      const again = scene.command(...args(), "--data-dir", scene.dataDir);

      // The database as it was has its own name or the one under which it is kept.
      expect(isKept).toBe(true);
      expect(again).toMatchObject({ code: 0, complaint: "" });
      expect(verifyDatabase(scene.database, migrations.length, "whole")).toBe(migrations.length);
      expect(rowsOf(scene.database).get("findings")).toHaveLength(findings);
    }
  });

  /** A damaged database with its log beside it. */
  function begin(): void {
    rmSync(scene.dataDir, { recursive: true, force: true });
    cpSync(original.path, scene.dataDir, { recursive: true });
    overwrite(scene.database, new Uint8Array(4096), 0);
  }
});

async function runAndKill(args: readonly string[], afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [collectorBundle, ...args], { env: {}, stdio: "ignore" });
  await systemClock.sleep(afterMs, new AbortController().signal);
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
