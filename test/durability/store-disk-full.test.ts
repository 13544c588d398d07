/** The disk under the store is full: it says so, keeps what it acknowledged, and goes on by itself when there is room again. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { createProgram } from "./program.ts";
import { missingForSmallDisks, mountSmallDisk } from "./small-disk.ts";
import { lastAcknowledged, parseStoreWriterLines, readStoredValues, type StoreWriterLine } from "./store-writer-line.ts";
import { waitUntil } from "./wait-until.ts";

const missing = await missingForSmallDisks();
const writer = fileURLToPath(new URL("./store-writer.ts", import.meta.url));

describe.skipIf(missing !== undefined)(
  `a store whose disk is full${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-store-full-"));
    });

    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("refuses with STORE_FULL, loses nothing, and goes on when there is room", { timeout: 120_000 }, async () => {
      await using disk = await mountSmallDisk(join(folder, "disk"), 16 << 20);
      await using program = createProgram({
        argv: ["/usr/bin/env", ...disk.enter, process.execPath, writer, disk.folder, "2"],
        env: {},
        logFile: join(folder, "acknowledged"),
      });
      program.start();
      const said = (): readonly StoreWriterLine[] => parseStoreWriterLines(program.log());
      await waitUntil("commits", 30_000, () => lastAcknowledged(said(), "node-0") > 100);

      await disk.fill();
      await waitUntil("a refusal", 30_000, () => said().some((line) => "failure" in line));
      await systemClock.sleep(500, new AbortController().signal);
      const refused = said().flatMap((line) => ("failure" in line ? [line.failure] : []));
      const lastWhileFull = lastAcknowledged(said(), "node-0");
      await disk.free();
      await waitUntil("commits again", 30_000, () => lastAcknowledged(said(), "node-0") > lastWhileFull + 100);
      await program.kill();
      await disk.copyTo(join(folder, "copy"));

      await using store = await openStore({
        directory: join(folder, "copy"),
        clock: systemClock,
        logger: createLogger("test", "silent"),
      });
      process.stdout.write(
        `disk full: ${refused.length} commits refused, acknowledged up to ${lastAcknowledged(said(), "node-0")}\n`,
      );
      expect(new Set(refused)).toEqual(new Set(["STORE_FULL"]));
      for (const node of ["node-0", "node-1"]) {
        const spans = await store.committedSpans(node, "epoch");
        const values = await readStoredValues(store, node, spans.at(-1)?.last ?? 0);
        expect(spans).toHaveLength(1);
        expect(spans[0]?.last).toBeGreaterThanOrEqual(lastAcknowledged(said(), node));
        expect(values).toEqual(Array.from({ length: spans[0]?.last ?? 0 }, (_, position) => position + 1));
      }
    });
  },
);
