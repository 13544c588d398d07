/** The disk that a backup is written to is too small, or becomes full: it is said, nothing half done is left, and the store goes on. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reading } from "../../collector/src/store/test-support/readings.ts";
import { openStore, type WorkerStore } from "../../collector/src/store/worker-store.ts";
import { missingForSmallDisks, mountSmallDisk } from "./small-disk.ts";

const missing = await missingForSmallDisks();
const startMs = Date.UTC(2026, 10, 22, 10);
const count = 40_000;

describe.skipIf(missing !== undefined)(
  `a backup to a full disk${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let store: WorkerStore;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-backup-full-"));
      store = await openStore({ directory: join(folder, "data"), clock: systemClock, logger: createLogger("test", "silent") });
      await store.commit(
        Array.from({ length: count }, (_, index) =>
          reading({ sequence: index + 1, atMs: startMs + index * 1000, values: [index, index] }),
        ),
      );
    }, 60_000);

    afterEach(async () => {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    it("is not begun where there is no room for it", { timeout: 60_000 }, async () => {
      await using disk = await mountSmallDisk(join(folder, "disk"), 1 << 20);

      await expect(store.backup(join(disk.outside, "backup.db"))).rejects.toMatchObject({
        code: "STORE_FULL",
        message: expect.stringMatching(/the backup takes \d+ MiB in .*, where 1 MiB are free/),
      });

      expect(await readdir(disk.outside)).toEqual([]);
    });

    it("is given up where the room is taken meanwhile, and the store goes on", { timeout: 60_000 }, async () => {
      await using disk = await mountSmallDisk(join(folder, "disk"), 16 << 20);
      const making = store.backup(join(disk.outside, "backup.db")).catch((thrown: unknown) => thrown);
      await disk.fill();

      expect(await making).toMatchObject({
        code: "STORE_FULL",
        message: expect.stringContaining("free some space, or write it elsewhere"),
      });
      expect(await readdir(disk.outside)).toEqual(["filler"]);
      await store.commit([reading({ sequence: count + 1, atMs: startMs + count * 1000, values: [1, 1] })]);
      await disk.free();
      await expect(store.backup(join(disk.outside, "backup.db"))).resolves.toMatchObject({
        file: join(disk.outside, "backup.db"),
      });
    });
  },
);
