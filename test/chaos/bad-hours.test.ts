/**
 * Twenty real agents and 180 simulated ones report over TLS, each with its credential, while programs are killed and stopped, cables pulled, a disk
 * filled and clocks set: three minutes, or $NODEKEEPER_CHAOS_MINUTES. Then: what was acknowledged is stored, once, and every loss was said.
 */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentBundle } from "../durability/agent-process.ts";
import { collectorBundle } from "../durability/collector-process.ts";
import { createRandom } from "../durability/random.ts";
import { missingForSmallDisks } from "../durability/small-disk.ts";
import { type ChaosCluster, startChaosCluster } from "./chaos-cluster.ts";
import { haveBadHours } from "./faults.ts";
import { missingForMovingClocks } from "./moving-clock.ts";
import { missingForNetworks } from "./network.ts";
import { committedCount, problemsOf } from "./verdict.ts";

const minutes = Number(process.env["NODEKEEPER_CHAOS_MINUTES"] ?? 3);
const random = createRandom();
const startTimeoutMs = 120_000;
const settleTimeoutMs = 10 * 60_000;
const isBuilt = [collectorBundle, agentBundle].every((bundle) => existsSync(bundle));
const missing =
  (isBuilt ? undefined : "not built: pnpm run build") ??
  missingForMovingClocks() ??
  (await missingForNetworks()) ??
  (await missingForSmallDisks());

describe.skipIf(missing !== undefined)(`bad hours${missing === undefined ? "" : ` (${missing})`} (seed ${random.seed})`, () => {
  let cluster: ChaosCluster;

  beforeAll(async () => {
    cluster = await startChaosCluster({ realAgents: 20, simulatedAgents: 180, groups: 4 });
  }, startTimeoutMs);

  afterAll(() => cluster?.[Symbol.asyncDispose](), startTimeoutMs);

  it(
    `lose nothing that was acknowledged, and hide no loss, in ${minutes} minutes`,
    async () => {
      const counts = await haveBadHours(cluster.targets, random, minutes * 60_000);
      await cluster.settle();

      const evidence = await cluster.stopAndCollect();

      const acknowledged = evidence.sent.filter(({ isAcknowledged }) => isAcknowledged).length;
      const faults = [...counts].map(([name, count]) => `${name}: ${count}`).join(", ");
      const losses = [...evidence.losses.values()].flat();
      process.stdout.write(
        `${minutes} min, seed ${random.seed}. ${faults}. Simulated agents: ${evidence.sent.length} sent, ${acknowledged} acknowledged. ` +
          `Stored: ${committedCount(evidence.committed)} of ${evidence.committed.length} epochs. Losses that real agents said: ${losses.length}. ` +
          `The collector ended by itself ${cluster.unexpectedEnds().length} times.\n`,
      );
      expect(problemsOf(evidence)).toEqual([]);
      expect(cluster.complaints()).toEqual([]);
      expect(cluster.unexpectedEnds()).toEqual([]);
      expect(acknowledged).toBeGreaterThan(minutes * 60 * 10); // else nothing was tried
      expect([...counts.values()].every((count) => count > 0) || minutes < 2).toBe(true);
    },
    minutes * 60_000 + settleTimeoutMs,
  );
});
