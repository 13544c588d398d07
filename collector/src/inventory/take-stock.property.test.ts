/**
 * What holds whatever happens between agent and collector. Two promises:
 * 1. Observations that come more than once, crashes at any point and the repetition that follows give exactly what one undisturbed run
 *    gives: the same changes, the same memory.
 * 2. Observations that are lost, or come after newer ones, give nothing of their own: every thing that comes, goes or changes, every disk
 *    that is missed and every counter that grows, does so in the undisturbed run too; and a counter grows by no more than there.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NodeInventory } from "../state/node-inventory.ts";
import { aDisk, anUnreadDisk, disks, health, StockScene } from "./test-support/stock-scene.ts";

/** What a disk is in one observation. */
type Seen = "here" | "here, updated" | "not here" | "failed" | "failed under its kernel name";

type Step =
  | { readonly probe: "disks"; readonly seen: readonly Seen[]; readonly isWhole: boolean }
  | { readonly probe: "smart"; readonly errors: number };

const ids = ["a", "b", "c"];
const media = "media_and_data_integrity_errors";
const seen = fc.constantFrom<Seen[]>(
  "here",
  "here",
  "here",
  "here, updated",
  "not here",
  "failed",
  "failed under its kernel name",
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    probe: fc.constant("disks" as const),
    seen: fc.tuple(seen, seen, seen),
    isWhole: fc.boolean(),
  }),
  fc.record({ probe: fc.constant("smart" as const), errors: fc.integer({ min: 0, max: 3 }) }),
);
const steps = fc.array(step, { minLength: 1, maxLength: 14 });

function give(scene: StockScene, all: readonly Step[], index: number): void {
  const taken = all[index];
  if (taken === undefined) return;
  const options = { probe: taken.probe, sequence: index + 1 };
  if (taken.probe === "smart") {
    scene.observe(index * 60, health("a", { nvme: { mediaAndDataIntegrityErrors: BigInt(taken.errors) } }), options);
    return;
  }
  const subjects = ids.flatMap((id, place) => {
    switch (taken.seen[place]) {
      case "here":
        return [aDisk(id)];
      case "here, updated":
        return [aDisk(id, { firmwareRevision: "2.0" })];
      case "failed":
        return [anUnreadDisk(id)];
      case "failed under its kernel name":
        return [anUnreadDisk(`name:${id}`)];
      default:
        return [];
    }
  });
  scene.observe(index * 60, disks(subjects, taken.isWhole), options);
}

function aScene(): StockScene {
  const scene = new StockScene();
  scene.connect();
  return scene;
}

/** The undisturbed run, with its memory after each observation. */
async function undisturbed(all: readonly Step[]): Promise<{ scene: StockScene; memories: readonly NodeInventory[] }> {
  const scene = aScene();
  const memories: NodeInventory[] = [];
  for (const index of all.keys()) {
    give(scene, all, index);
    await scene.commit();
    const memory = scene.inventory();
    if (memory !== undefined) memories.push(memory);
  }
  return { scene, memories };
}

describe("feature 27: inventory change history under disturbance", () => {
  it("tells the same changes and remembers the same over repetitions and crashes at any point", async () => {
    const disturbance = fc.array(fc.constantFrom("give", "give", "give", "repeat", "commit", "crash"), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, disturbance, async (all, disturbances) => {
        const { scene: clean } = await undisturbed(all);
        const scene = aScene();
        let next = 0;
        let committed = 0;
        for (const what of [...disturbances, "commit", ...all.map(() => "give"), "commit"]) {
          if (what === "give") {
            give(scene, all, next);
            next = Math.min(next + 1, all.length);
          } else if (what === "repeat") give(scene, all, Math.max(0, next - 2));
          else if (what === "commit") {
            await scene.commit();
            committed = next;
          } else {
            await scene.crash();
            scene.connect();
            next = committed; // the agent sends again what was not acknowledged
          }
        }

        expect(scene.changes()).toEqual(clean.changes());
        expect(scene.inventory()).toEqual(clean.inventory());
      }),
      { numRuns: 400 },
    );
  });

  it("invents nothing from observations that are lost, or that come after newer ones", async () => {
    const anyOrder = fc.array(fc.oneof(fc.integer({ min: 0, max: 13 }), fc.constant("crash" as const)), { maxLength: 20 });
    const someLost = fc.subarray(Array.from({ length: 14 }, (_, index) => index));
    const order = fc.oneof(anyOrder, someLost);
    await fc.assert(
      fc.asyncProperty(steps, order, async (all, given) => {
        const { scene: clean, memories } = await undisturbed(all);
        const scene = aScene();
        for (const what of given) {
          if (what === "crash") {
            await scene.crash();
            scene.connect();
          } else {
            give(scene, all, what);
            await scene.commit();
            expectNothingInvented(scene.inventory(), memories, errorsRead(all));
          }
        }

        expect(subjectsOf(clean)).toEqual(expect.arrayContaining([...subjectsOf(scene)]));
      }),
      { numRuns: 400 },
    );
  });
});

/** What changed, without when: presence, or a field by name. */
function subjectsOf(scene: StockScene): readonly string[] {
  const told = scene.changes().flatMap(({ change, subject, fields }) => {
    if (change === "first_seen") return [];
    const differences = change === "appeared" || change === "disappeared" ? [] : fields.map((field) => field.name);
    const presence = change === "changed" ? [] : ["presence"];
    return [...presence, ...differences].map((what) => `${subject.id} ${what}`);
  });
  return [...new Set(told)];
}

/** What the disk answered, in its order: where answers are lost, one that was a slip may be the first. */
function errorsRead(all: readonly Step[]): readonly number[] {
  return all.flatMap((step) => (step.probe === "smart" ? [step.errors] : []));
}

function expectNothingInvented(
  memory: NodeInventory | undefined,
  clean: readonly NodeInventory[],
  errors: readonly number[],
): void {
  for (const item of memory?.items ?? []) {
    if (item.gone === undefined) continue;
    expect(clean.some(({ items }) => items.some(({ id, gone }) => id === item.id && gone !== undefined))).toBe(true);
  }
  const growth = memory?.counters["a"]?.tracks[media]?.growth;
  if (growth === undefined) return;
  const grownBy = errors.reduce((sum, value, index) => sum + Math.max(0, value - (errors[index - 1] ?? value)), 0);
  expect(growth.mostPerDay).toBeLessThanOrEqual(grownBy);
}
