/**
 * Agent and collector are killed at random moments while they report, twelve times or $NODEKEEPER_KILLS, and started again. What the recorder between them
 * saw acknowledged must be in the collector's database, once.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentBundle, createAgentProcess } from "./agent-process.ts";
import { type CollectorProcess, collectorBundle, createCollectorProcess } from "./collector-process.ts";
import { compare, describeComparison } from "./comparison.ts";
import { readJournal } from "./journal.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { type LoadAgent, startLoadAgent } from "./load-agent.ts";
import type { Program } from "./program.ts";
import { createRandom } from "./random.ts";
import { type Recorder, startRecorder } from "./recorder.ts";
import { waitUntil } from "./wait-until.ts";

const isBuilt = existsSync(collectorBundle) && existsSync(agentBundle);
const kills = Number(process.env["NODEKEEPER_KILLS"] ?? 8);
const realNode = "real";

describe.skipIf(!isBuilt)(
  `feature 9: what is acknowledged is stored once, agent and collector killed at any moment${isBuilt ? "" : " (not built: pnpm run build)"}`,
  { timeout: 90_000 },
  () => {
    let folder: string;
    let ledger: Ledger;
    let recorder: Recorder;
    let collector: CollectorProcess;
    let agent: Program;
    let loadAgents: readonly LoadAgent[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-kill-"));
      ledger = createLedger(join(folder, "ledger"));
      recorder = await startRecorder(ledger);
      const address = `127.0.0.1:${recorder.port}`;
      collector = createCollectorProcess(join(folder, "collector"), join(folder, "collector.log"));
      agent = createAgentProcess(realNode, address, join(folder, "spool"), join(folder, "agent.log"));
      loadAgents = [1, 2, 3].map((number) => startLoadAgent({ node: `load-${number}`, address, observeEveryMs: 20 }));
    });

    afterAll(async () => {
      await Promise.all((loadAgents ?? []).map((loadAgent) => loadAgent[Symbol.asyncDispose]()));
      await agent?.[Symbol.asyncDispose]();
      await collector?.[Symbol.asyncDispose]();
      await recorder?.[Symbol.asyncDispose]();
      ledger?.[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    });

    async function startCollector(): Promise<void> {
      const { grpcAddress } = await collector.startListening();
      recorder.setCollector(grpcAddress);
    }

    /**
     * Waits until some observations of the real agent and some of the others were acknowledged from now on. After some kills of the collector in a
     * row the agent waits for up to half a minute before it dials again.
     */
    async function waitForReporting(): Promise<void> {
      const known = { real: ledger.acknowledgedCount(realNode), all: ledger.acknowledgedCount() };
      await waitUntil("acknowledgements", 75_000, () => {
        const real = ledger.acknowledgedCount(realNode) - known.real;
        return real > 0 && ledger.acknowledgedCount() - known.all - real > 0;
      }).catch((error: unknown) => {
        const logs = [agent, collector].map((program) => program.log().slice(-2_000)).join("\n");
        throw new Error(`nothing is acknowledged any more:\n${logs}`, { cause: error });
      });
    }

    it(`lose and double nothing that was acknowledged, killed ${kills} times`, { timeout: 600_000 }, async () => {
      const random = createRandom();
      const killed = { agent: 0, collector: 0 };
      process.stdout.write(`kill: seed ${random.seed}\n`);
      await startCollector();
      agent.start();
      for (let kill = 0; kill < kills; kill += 1) {
        await waitForReporting();
        await systemClock.sleep(random.between(0, 300), new AbortController().signal);
        expect([agent.ended(), collector.ended()]).toEqual([undefined, undefined]);
        if (random.between(0, 2) < 1) {
          killed.agent += 1;
          await agent.kill();
          agent.start();
        } else {
          killed.collector += 1;
          await collector.kill();
          await startCollector();
        }
      }
      await waitForReporting();
      for (const loadAgent of loadAgents) {
        loadAgent.stopObserving();
      }
      await waitUntil("the last acknowledgement", 75_000, () => loadAgents.every((loadAgent) => loadAgent.pendingCount() === 0));
      const exitCodes = [await agent.stop(), await collector.stop()];

      const comparison = compare(ledger.observations(), readJournal(join(folder, "collector")));
      const real = ledger.observations().filter((observation) => observation.node === realNode);
      process.stdout.write(
        `kill: agent ${killed.agent} times, collector ${killed.collector} times; ${describeComparison(comparison)}; ` +
          `of the real agent sent ${real.length}, acknowledged ${real.filter((observation) => observation.isAcknowledged).length}\n`,
      );
      expect(exitCodes).toEqual([0, 0]);
      expect(comparison).toMatchObject({ lost: [], refused: [], doubled: [], strange: [] });
      expect(ledger.complaints()).toEqual([]);
    });
  },
);
