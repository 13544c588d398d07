/** What an observation costs the controller, counted, not timed: where only numbers change, nothing. */
import { describe, expect, it } from "vitest";
import { minuteMs, ReconcileScene } from "../../collector/src/reconcile/test-support/reconcile-scene.ts";

const nodeCount = 5_000;

describe("5,000 nodes", () => {
  it("cost no decision and no request for 10,000 observations that bring numbers only", async () => {
    const scene = await fleet();
    const before = { decisions: scene.reconciler.decisions, requests: scene.nodes.requests.length };

    for (let observation = 0; observation < 10_000; observation++) {
      scene.tell(`n${observation % nodeCount}`, { a: "ssd" }, { sample: observation });
      if (observation % 1_000 === 999) await scene.settle();
    }
    const decisions = scene.reconciler.decisions - before.decisions;
    await scene.advance(minuteMs);

    expect(decisions).toBe(0);
    // Everything is looked at once in ten minutes, whatever happens: a minute of that is a tenth.
    expect(scene.reconciler.decisions - before.decisions).toBeLessThan(nodeCount / 5);
    expect(scene.nodes.requests.length).toBe(before.requests);
    await scene.stop();
  });

  it("cost one decision for one node that says something else", async () => {
    const scene = await fleet();
    const before = scene.reconciler.decisions;

    scene.tell("n17", { a: "ssd" }, { isComplete: false });
    await scene.settle();

    expect(scene.reconciler.decisions - before).toBe(1);
    await scene.stop();
  });
});

/** Everything is written, and everything rests. */
async function fleet(): Promise<ReconcileScene> {
  const names = Array.from({ length: nodeCount }, (_, index) => `n${index}`);
  const scene = new ReconcileScene({
    writesPerSecond: 100_000,
    writeBurst: 100_000,
    parallelWrites: nodeCount,
    parallelWritesOfOne: nodeCount,
  });
  for (const name of names) {
    scene.nodes.add(name);
    scene.connect(name);
  }
  await scene.start();
  for (const name of names) scene.tell(name, { a: "ssd" });
  for (let turn = 0; turn < 20; turn++) await scene.settle();
  await scene.advance(2_000);
  expect(scene.nodes.writes.length).toBe(nodeCount);
  return scene;
}
