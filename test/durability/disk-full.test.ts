/** A collector whose disk is full: what it acknowledged stays, it says what is wrong, and it goes on by itself when there is room again. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CollectorAddresses, type CollectorProcess, collectorBundle, createCollectorProcess } from "./collector-process.ts";
import { type Comparison, compare, describeComparison } from "./comparison.ts";
import { readJournal } from "./journal.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type LoadAgent, startLoadAgent } from "./load-agent.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { missingForSmallDisks, mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { waitUntil } from "./wait-until.ts";

const missing = existsSync(collectorBundle) ? await missingForSmallDisks() : "the collector is not built: pnpm run build";

describe.skipIf(missing !== undefined)(
  `a collector whose disk is full${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let disk: SmallDisk;
    let ledger: Ledger;
    let recorder: Recorder;
    let collector: CollectorProcess;
    let addresses: CollectorAddresses;
    let agents: readonly LoadAgent[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-disk-full-"));
      disk = await mountSmallDisk(join(folder, "data"), 16 << 20);
      ledger = createLedger(join(folder, "ledger"));
      recorder = await startRecorder(ledger);
      collector = createCollectorProcess(disk.folder, join(folder, "collector.log"), disk.enter);
      addresses = await collector.startListening();
      recorder.setCollector(addresses.grpcAddress);
      const address = `127.0.0.1:${recorder.port}`;
      agents = [1, 2, 3, 4].map((number) => startLoadAgent({ node: `load-${number}`, address, observeEveryMs: 10 }));
    }, 120_000);

    afterAll(async () => {
      await Promise.all((agents ?? []).map((agent) => agent[Symbol.asyncDispose]()));
      await collector?.[Symbol.asyncDispose]();
      await recorder?.[Symbol.asyncDispose]();
      await disk?.[Symbol.asyncDispose]();
      ledger?.[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function compareWithDisk(name: string): Promise<Comparison> {
      await disk.copyTo(join(folder, name));
      const comparison = compare(ledger.observations(), readJournal(join(folder, name)));
      process.stdout.write(`${name}: ${describeComparison(comparison)}\n`);
      return comparison;
    }

    it("is ready and acknowledges while there is room", async () => {
      await waitUntil("100 acknowledgements", 60_000, () => ledger.acknowledgedCount() > 100);

      expect((await fetch(`${addresses.url}/readyz`)).status).toBe(200);
    });

    it("says on /readyz and in its log that the disk is full and what to do, and lives on", async () => {
      await disk.fill();
      const problem = await waitForRefusal(addresses.url);

      expect(problem.detail).toMatch(/disk under \S+nodekeeper\.db is full.*free some space/);
      const warning = await waitUntil("a line of the log", 40_000, () =>
        collector
          .log()
          .split("\n")
          .find((line) => line.includes("did not take a write")),
      );
      expect(JSON.parse(warning)).toMatchObject({ level: "warn" });
      expect(warning).toMatch(/nodekeeper\.db is full.*free some space/);
      expect((await fetch(`${addresses.url}/healthz`)).status).toBe(200);
      expect((await fetch(`${addresses.url}/api/v1/nodes`)).status).toBe(200);
      expect(collector.ended()).toBeUndefined();
    });

    it("goes on by itself when there is room again", { timeout: 150_000 }, async () => {
      const before = ledger.acknowledgedCount();
      await disk.free();

      await waitUntil("/readyz to agree", 60_000, async () => (await fetch(`${addresses.url}/readyz`)).status === 200);
      await waitUntil("acknowledgements", 60_000, () => ledger.acknowledgedCount() > before + 100);
    });

    it("has stored all that it acknowledged when it is killed while its disk is full", async () => {
      await disk.fill();
      await waitForRefusal(addresses.url);
      await collector.kill();

      const comparison = await compareWithDisk("killed while the disk is full");

      expect(comparison).toMatchObject({ lost: [], refused: [], doubled: [], strange: [] });
      expect(comparison.acknowledged).toBeLessThan(comparison.sent);
    });

    it("says in one sentence why it does not start on a full disk", async () => {
      const begin = collector.start();
      const exitCode = await waitUntil("the collector to end", 60_000, () => collector.ended());

      expect(exitCode).toBe("74");
      expect(collector.log(begin).trim().split("\n").at(-1)).toMatch(
        /^collector: .*disk under \S+nodekeeper\.db is full.*free some space/,
      );
    });

    it("starts when there is room again, having lost and doubled nothing", { timeout: 150_000 }, async () => {
      await disk.free();
      addresses = await collector.startListening();
      recorder.setCollector(addresses.grpcAddress);
      for (const agent of agents) {
        agent.stopObserving();
      }
      await waitUntil("the last acknowledgement", 60_000, () => agents.every((agent) => agent.pendingCount() === 0));
      const exitCode = await collector.stop();

      const comparison = await compareWithDisk("after the disk was full twice");

      expect(exitCode).toBe(0);
      expect(comparison).toMatchObject({ lost: [], refused: [], doubled: [], strange: [] });
      expect(comparison.acknowledged).toBe(comparison.sent);
      expect(ledger.complaints()).toEqual([]);
    });
  },
);

/** The body of the answer by which /readyz says that the collector is not ready. */
async function waitForRefusal(url: string): Promise<{ readonly detail: string }> {
  const response = await waitUntil("/readyz to refuse", 60_000, async () => {
    const answer = await fetch(`${url}/readyz`);
    return answer.status === 503 ? answer : undefined;
  });
  return JSON.parse(await response.text());
}
