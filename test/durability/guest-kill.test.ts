/**
 * A killed process leaves its writes in the page cache, a killed machine does not. So here the collector runs in a guest that is killed with
 * its kernel; what the recorder saw acknowledged must be on the disk image. That this can fail is shown by guest-control.test.ts.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFromImage, createEmptyImage, replayJournal } from "../vm/ext4-image.ts";
import { missingForGuests } from "../vm/requirements.ts";
import { collectorBundle } from "./collector-process.ts";
import { type Comparison, compare, describeComparison } from "./comparison.ts";
import { dataFolder, startGuestCollector } from "./guest-collector.ts";
import { readJournal } from "./journal.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type LoadAgent, startLoadAgent } from "./load-agent.ts";
import { createRandom } from "./random.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { waitUntil } from "./wait-until.ts";

const missing = existsSync(collectorBundle) ? await missingForGuests() : "the collector is not built: pnpm run build";
const rounds = 2;

describe.skipIf(missing !== undefined)(
  `a collector in a guest that is killed${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let image: string;
    let ledger: Ledger;
    let recorder: Recorder;
    let agents: readonly LoadAgent[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-guest-kill-"));
      image = join(folder, "image");
      await createEmptyImage(image, 256 << 20);
      ledger = createLedger(join(folder, "ledger"));
      recorder = await startRecorder(ledger);
      const address = `127.0.0.1:${recorder.port}`;
      agents = [1, 2].map((number) => startLoadAgent({ node: `load-${number}`, address, observeEveryMs: 50 }));
    });

    afterAll(async () => {
      await Promise.all((agents ?? []).map((agent) => agent[Symbol.asyncDispose]()));
      await recorder?.[Symbol.asyncDispose]();
      ledger?.[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function compareWithImage(name: string): Promise<Comparison> {
      await replayJournal(image);
      await copyFromImage(image, dataFolder, join(folder, name));
      return compare(ledger.observations(), readJournal(join(folder, name, dataFolder)));
    }

    it(`loses and doubles nothing that it acknowledged, killed ${rounds} times`, { timeout: 240_000 }, async () => {
      const random = createRandom();
      let stored = 0;
      for (let round = 1; round <= rounds; round += 1) {
        const { guest, grpcAddress } = await startGuestCollector(image);
        await using _ = guest;
        recorder.setCollector(grpcAddress);
        // What the image holds already is acknowledged in the greeting: the round begins with the first new acknowledgements.
        await waitUntil("acknowledgements", 60_000, () => ledger.acknowledgedCount() > stored + 50);
        await systemClock.sleep(random.between(0, 2_000), new AbortController().signal);
        if (round === rounds) {
          for (const agent of agents) {
            agent.stopObserving();
          }
          await waitUntil("the last acknowledgement", 60_000, () => agents.every((agent) => agent.pendingCount() === 0));
        }
        await guest.kill();

        const comparison = await compareWithImage(`round-${round}`);
        process.stdout.write(
          `guest kill ${round} (seed ${random.seed}, boot ${Math.round(guest.bootMs)} ms): ${describeComparison(comparison)}\n`,
        );
        stored = comparison.stored;
        expect(comparison).toMatchObject({ lost: [], refused: [], doubled: [], strange: [] });
      }
      const all = ledger.observations();
      expect(all.filter((observation) => !observation.isAcknowledged)).toEqual([]);
      expect(ledger.complaints()).toEqual([]);
    });
  },
);
