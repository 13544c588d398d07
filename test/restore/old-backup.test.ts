/**
 * An old backup takes the place of the database. What was acknowledged after it is gone: agents have dropped it. What they still hold they
 * send, what the backup has they do not send again, and the loss is said.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBackup } from "../../collector/src/store/backup/write-backup.ts";
import { migrations } from "../../collector/src/store/database/migrations.ts";
import { compare, describeComparison } from "../durability/comparison.ts";
import { readJournal } from "../durability/journal.ts";
import { nameOf } from "../durability/ledger.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { builtRemark, createScene, isBuilt, type Scene } from "./scene.ts";

const nodes = ["neko", "panther"];

describe.skipIf(!isBuilt)(`an old backup${builtRemark}`, { timeout: 90_000 }, () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await createScene(nodes);
  });

  afterAll(() => scene?.[Symbol.asyncDispose]());

  it("is restored with a loss that is known: what came after it, but for what agents still hold", {
    timeout: 240_000,
  }, async () => {
    await scene.startCollector();
    for (const agent of scene.agents.values()) agent.start();
    await scene.moreAcknowledged();
    const backup = join(scene.folder, "backup.db");
    const acknowledgedBefore = acknowledgedNames();
    await writeBackup(scene.database, backup, migrations.length);
    const acknowledgedUntilMade = acknowledgedNames();
    await scene.moreAcknowledged();

    const refused = scene.command("restore", "--data-dir", scene.dataDir, "--from", backup);
    await scene.collector.kill();
    const acknowledgedAtEnd = acknowledgedNames();
    const sentAtEnd = scene.ledger.observations().length;
    const restored = scene.command("restore", "--data-dir", scene.dataDir, "--from", backup);
    const inBackup = new Set(readJournal(scene.dataDir).map((row) => nameOf(row.node, row.epoch, row.sequence)));
    await scene.startCollector();
    await scene.moreAcknowledged();
    await waitUntil("what was held back is sent", 60_000, () => scene.ledger.observations().length > sentAtEnd + 4);
    for (const agent of scene.agents.values()) await agent.stop();
    await scene.collector.stop();

    const found = readJournal(scene.dataDir);
    const comparison = compare(scene.ledger.observations(), found);
    process.stdout.write(`old backup: ${describeComparison(comparison)}\n`);
    expect(refused).toMatchObject({ code: 69, output: "", complaint: expect.stringContaining("in use by another collector") });
    expect(restored).toMatchObject({ code: 0, complaint: "", output: expect.stringContaining("2 nodes, observations up to") });
    expect(restored.output).toContain("What was acknowledged after that is not in it");
    expect(restored.output).toContain(`${scene.database}.replaced-`);
    // The backup has all that was acknowledged before it was begun, and all of it is still there.
    const stored = new Set(found.map((row) => nameOf(row.node, row.epoch, row.sequence)));
    expect([...acknowledgedBefore].filter((name) => !inBackup.has(name))).toEqual([]);
    expect([...inBackup].filter((name) => !stored.has(name))).toEqual([]);
    // Lost is what was acknowledged after it and before the end: nothing else, and nothing twice.
    const mayBeLost = new Set([...acknowledgedAtEnd].filter((name) => !inBackup.has(name)));
    expect(comparison.lost.filter((name) => !mayBeLost.has(name))).toEqual([]);
    expect(comparison.lost.length).toBeGreaterThan(0);
    expect(acknowledgedUntilMade.size).toBeLessThan(acknowledgedAtEnd.size);
    expect(comparison).toMatchObject({ refused: [], doubled: [], strange: [] });
    expect(auditDetail(scene.database)).toContain("what was acknowledged after that is lost");
    expect(scene.ledger.complaints()).toEqual([]);
  });

  function acknowledgedNames(): ReadonlySet<string> {
    const acknowledged = scene.ledger.observations().filter(({ isAcknowledged }) => isAcknowledged);
    return new Set(acknowledged.map(({ node, epoch, sequence }) => nameOf(node, epoch, sequence)));
  }
});

/** What the audit says of the restore. */
function auditDetail(file: string): string {
  using database = new DatabaseSync(file, { readOnly: true });
  const row = database
    .prepare("SELECT body ->> 'detail' AS detail FROM audit WHERE body ->> 'action' = 'database.restore'")
    .get();
  return String(row?.["detail"]);
}
