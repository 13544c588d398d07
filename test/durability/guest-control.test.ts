/**
 * Shows that killing a guest can lose what was acknowledged: else the guest-kill test would prove nothing. Two programs in one guest
 * commit rows to SQLite on a disk each and acknowledge them; they differ in nothing but `synchronous`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFromImage, createEmptyImage, replayJournal } from "../vm/ext4-image.ts";
import { startGuest } from "../vm/guest.ts";
import { missingForGuests } from "../vm/requirements.ts";

const missing = await missingForGuests();
const settings = ["FULL", "OFF"] as const;

describe.skipIf(missing !== undefined)(
  `SQLite in a guest that is killed${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-control-"));
    });

    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("keeps every acknowledged row with synchronous=FULL, and loses some with synchronous=OFF", {
      timeout: 120_000,
    }, async () => {
      const disks = settings.map((serial) => ({ image: join(folder, serial), device: "virtio" as const, serial }));
      await Promise.all(disks.map((disk) => createEmptyImage(disk.image, 128 << 20)));
      const writer = fileURLToPath(new URL("./sqlite-writer.ts", import.meta.url));
      await using guest = await startGuest({ disks, files: [{ hostPath: writer, guestPath: "/sqlite-writer.ts" }] });
      for (const setting of settings) {
        const disk = `/mnt/${setting}`;
        await guest.run(`mkdir ${disk} && mount -t ext4 /dev/serial/${setting} ${disk} && mkdir ${disk}/d && sync`);
        await guest.run(`node /files/sqlite-writer.ts ${disk}/d/db ${setting} /tmp/${setting} >/tmp/${setting}.log 2>&1 &`);
      }
      const read = await guest.run(
        "until [ -s /tmp/FULL ] && [ -s /tmp/OFF ]; do sleep 0.1; done; sleep 3; cat /tmp/FULL /tmp/OFF",
      );
      await guest.kill();
      const acknowledged = read.stdout.trim().split("\n").map(Number);
      const stored = await Promise.all(settings.map((setting) => storedRows(folder, setting)));

      const lost = acknowledged.map((last, index) => last - Math.min(last, stored[index] ?? 0));
      process.stdout.write(
        `guest killed: ${settings.map((setting, index) => `synchronous=${setting} acknowledged ${acknowledged[index]}, lost ${lost[index]}`).join("; ")}\n`,
      );
      expect(lost[0]).toBe(0);
      expect(lost[1]).toBeGreaterThan(0);
    });
  },
);

/** Number of rows that a boot after the kill would find. */
async function storedRows(folder: string, setting: string): Promise<number> {
  await replayJournal(join(folder, setting));
  const copy = join(folder, `${setting}-found`);
  await copyFromImage(join(folder, setting), "/d", copy);
  using database = new DatabaseSync(join(copy, "d/db"));
  const hasTable = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'numbers'").get()?.["n"] === 1;
  return hasTable ? Number(database.prepare("SELECT count(*) AS n FROM numbers").get()?.["n"]) : 0;
}
