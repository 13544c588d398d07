/** The store's process is killed at any moment, again and again: what it acknowledged is there, and nothing is there twice. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { createProgram } from "./program.ts";
import { createRandom } from "./random.ts";
import { lastAcknowledged, parseStoreWriterLines, readStoredValues } from "./store-writer-line.ts";
import { waitUntil } from "./wait-until.ts";

const killCount = 10;
const width = 3;
const writer = fileURLToPath(new URL("./store-writer.ts", import.meta.url));

describe("a store whose process is killed", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-store-kill-"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(`loses nothing that it acknowledged and doubles nothing, ${killCount} times`, { timeout: 240_000 }, async () => {
    const random = createRandom();
    const data = join(folder, "data");
    await using program = createProgram({
      argv: [process.execPath, writer, data, String(width)],
      env: {},
      logFile: join(folder, "acknowledged"),
    });
    for (let life = 0; life < killCount; life += 1) {
      const from = program.start();
      await waitUntil("the first acknowledgement of a life", 30_000, () => program.log(from).includes("acknowledged"));
      await systemClock.sleep(random.between(0, 600), new AbortController().signal);
      await program.kill();
    }

    await using store = await openStore({ directory: data, clock: systemClock, logger: createLogger("test", "silent") });
    const lines = parseStoreWriterLines(program.log());
    let [acknowledged, stored] = [0, 0];
    for (let index = 0; index < width; index += 1) {
      const node = `node-${index}`;
      const last = lastAcknowledged(lines, node);
      const spans = await store.committedSpans(node, "epoch");
      const values = await readStoredValues(store, node, spans.at(-1)?.last ?? 0);
      acknowledged += last;
      stored += values.length;

      expect(spans).toEqual([{ first: 1, last: expect.any(Number) }]);
      expect(spans[0]?.last).toBeGreaterThanOrEqual(last);
      expect(values).toEqual(Array.from({ length: spans[0]?.last ?? 0 }, (_, position) => position + 1));
    }
    process.stdout.write(
      `store killed ${killCount} times (seed ${random.seed}): acknowledged ${acknowledged}, stored ${stored}, lost 0, doubled 0\n`,
    );
    expect(lines.filter((line) => "failure" in line)).toEqual([]);
    expect(acknowledged).toBeGreaterThan(killCount);
  });
});
