/** The collector's database is gone: an empty collector is right again as soon as its agents have reported. */
import { rm } from "node:fs/promises";
import { systemClock } from "@nodekeeper/shared";
import type { NodeDetail } from "@nodekeeper/shared/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compare, describeComparison } from "../durability/comparison.ts";
import { readJournal } from "../durability/journal.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { builtRemark, createScene, isBuilt, type Scene } from "./scene.ts";

const nodes = ["neko", "panther"];
/** What an empty collector may take until it is right again. */
const boundMs = 60_000;

describe.skipIf(!isBuilt)(`a collector whose database is lost${builtRemark}`, { timeout: 90_000 }, () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await createScene(nodes);
  });

  afterAll(() => scene?.[Symbol.asyncDispose]());

  it(`is right again within ${boundMs / 1000} s of its agents' reports, and counts nothing twice`, {
    timeout: 240_000,
  }, async () => {
    await scene.startCollector();
    for (const agent of scene.agents.values()) agent.start();
    const before = await waitForNodes(() => true);
    await scene.moreAcknowledged();
    await scene.collector.kill();
    const acknowledgedBefore = scene.ledger.acknowledgedCount();
    await rm(scene.dataDir, { recursive: true });

    await scene.startCollector();
    const startedAtMs = systemClock.monotonicMs();
    const after = await waitForNodes((node) => knows(node, before.get(node.summary.name)));
    const tookMs = systemClock.monotonicMs() - startedAtMs;
    await scene.moreAcknowledged();
    for (const agent of scene.agents.values()) await agent.stop();
    await scene.collector.stop();

    const comparison = compare(scene.ledger.observations(), readJournal(scene.dataDir));
    process.stdout.write(`database lost: right again after ${Math.round(tookMs)} ms; ${describeComparison(comparison)}\n`);
    expect(tookMs).toBeLessThan(boundMs);
    for (const node of after.values()) expect(node.summary.status).not.toBe("unknown");
    expect(comparison).toMatchObject({ refused: [], doubled: [], strange: [] });
    // What was acknowledged before is gone with the database, and only that.
    expect(comparison.lost.length).toBeGreaterThan(0);
    expect(comparison.lost.length).toBeLessThanOrEqual(acknowledgedBefore);
    expect(scene.ledger.complaints()).toEqual([]);
  });

  /** Waits until each node is shown, with at least six probes, and as it should be. */
  async function waitForNodes(isRight: (node: NodeDetail) => boolean): Promise<ReadonlyMap<string, NodeDetail>> {
    const found = new Map<string, NodeDetail>();
    await waitUntil("all nodes are shown", boundMs, async () => {
      for (const name of nodes) {
        const node = await scene.node(name);
        if (node !== undefined && node.probes.length >= 6 && node.summary.freshness === "fresh" && isRight(node))
          found.set(name, node);
        else found.delete(name);
      }
      return found.size === nodes.length;
    });
    return found;
  }
});

/** The node is known as it was: the same machine with all its probes and lists, and somebody to say how it is. */
function knows(node: NodeDetail, before: NodeDetail | undefined): boolean {
  if (before === undefined || node.summary.status === "unknown") return false;
  const probes = new Set(node.probes.map(({ name }) => name));
  const lists = new Set(node.lists.map(({ kind }) => kind));
  return (
    node.identity.machineId === before.identity.machineId &&
    before.probes.every(({ name }) => probes.has(name)) &&
    before.lists.every(({ kind }) => lists.has(kind))
  );
}
