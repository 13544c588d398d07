/**
 * What holds of the life of findings whatever agents, networks and collectors do:
 * 1. a restart of the collector, whatever of the last observations was not written, changes nothing of what fires, ends and is told, nor when;
 * 2. nothing fires or ends on what is stale, failed or incomplete, nor before its time, and none goes back and forth more often than its times allow;
 * 3. what comes late from a spool, in any order, raises and ends nothing;
 * 4. while a cause fires, no consequence of it is told.
 * Times of steps are whole ticks of the engine, so that they are compared exactly.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rule } from "./rule.ts";
import { freshMs, type Level, LifeScene, levelRule, realRules, type Told, type Turn } from "./test-support/life-scene.ts";

const tickMs = 5_000;

type Step =
  | { readonly kind: "tell"; readonly afterMs: number; readonly told: Told }
  | { readonly kind: "fail" | "disconnect" | "connect" | "silence"; readonly afterMs: number };

const level = fc.constantFrom<Level[]>(0, 0, 1, 2, 2, 2, "failed", "gone");
const told: fc.Arbitrary<Told> = fc.record({
  a: level,
  b: level,
  disk: fc.constantFrom<(0 | 2)[]>(0, 0, 2),
  filesystem: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2, 2),
  isWhole: fc.boolean(),
});
const after = fc.constantFrom(tickMs, 15_000, 60_000, 60_000, 120_000, 240_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("tell" as const), afterMs: after, told }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("fail", "disconnect", "connect", "silence"), afterMs: after }) },
);
const steps = fc.array(step, { minLength: 3, maxLength: 14 });
/** What a list that is not whole leaves out is not in the last word, and that alone is remembered over a restart: nothing is known of it then. */
const wholeSteps = steps.map((all) =>
  all.map((each) => (each.kind === "tell" ? { ...each, told: { ...each.told, isWhole: true } } : each)),
);
const times = fc.constantFrom(0, 30_000, 60_000, 150_000);
const rulesOf = fc
  .record({ holdMs: times, clearMs: times, otherHoldMs: times, otherClearMs: times, isNamed: fc.boolean() })
  .map(({ holdMs, clearMs, otherHoldMs, otherClearMs, isNamed }): readonly Rule[] => [
    levelRule({ code: "cause", holdMs, clearMs }),
    levelRule(
      { code: "consequence", holdMs: otherHoldMs, clearMs: otherClearMs, dependsOn: isNamed ? [] : ["cause"] },
      isNamed ? ["cause"] : [],
    ),
    ...realRules,
  ]);

async function take(scene: LifeScene, taken: Step): Promise<void> {
  await scene.advance(taken.afterMs);
  switch (taken.kind) {
    case "tell":
      return scene.tell(taken.told);
    case "fail":
      return scene.fail();
    case "disconnect":
      return scene.disconnect();
    case "connect":
      return scene.connect();
    case "silence":
      return;
  }
}

/** Where the collector is killed: before this step, without so many of the last observations, for so long. */
interface Kill {
  readonly before: number;
  readonly lostCount: number;
  readonly downMs: number;
}

async function through(rules: readonly Rule[], all: readonly Step[], kills: readonly Kill[] = []): Promise<LifeScene> {
  const scene = new LifeScene(rules);
  for (const [index, each] of all.entries()) {
    // Of an agent that is not there nothing is concluded by a collector that never heard it.
    for (const kill of kills) if (kill.before === index && scene.isConnected) await scene.restart(kill);
    await take(scene, each);
  }
  await scene.advance(300_000);
  await scene.end();
  return scene;
}

/** In the order of time, and of names within a moment: which of two things of one moment is told first says nothing. */
function inOrder(turns: readonly Turn[]): readonly string[] {
  return turns.map((turn) => `${turn.atMs} ${turn.rule} ${turn.subject} ${turn.what}`).sort();
}

const options = { numRuns: 20 };

describe("feature 77: a restart invents neither OK nor alarm: the life of findings", () => {
  it("is the same with and without a restart of the collector at any point", { timeout: 60_000 }, async () => {
    const kill = fc.record({ before: fc.nat({ max: 13 }), lostCount: fc.nat({ max: 3 }), downMs: fc.constant(0) });
    await fc.assert(
      fc.asyncProperty(rulesOf, wholeSteps, fc.array(kill, { minLength: 1, maxLength: 3 }), async (rules, all, kills) => {
        const undisturbed = await through(rules, all);
        const killed = await through(rules, all, kills);

        expect(inOrder(killed.turns)).toEqual(inOrder(undisturbed.turns));
        expect([...undisturbed.breaches, ...killed.breaches]).toEqual([]);
      }),
      options,
    );
  });

  it("fires and ends on what is fresh and whole alone, and in its time, through restarts that take a while", {
    timeout: 60_000,
  }, async () => {
    const kill = fc.record({
      before: fc.nat({ max: 13 }),
      lostCount: fc.nat({ max: 3 }),
      downMs: fc.constantFrom(0, 60_000, 900_000),
    });
    await fc.assert(
      fc.asyncProperty(rulesOf, steps, fc.array(kill, { maxLength: 2 }), async (rules, all, kills) => {
        const scene = await through(rules, all, kills);

        for (const rule of rules.slice(0, 2))
          for (const sensor of ["a", "b"] as const) expect(unfounded(rule, sensor, scene)).toEqual([]);
        expect(scene.breaches).toEqual([]);
      }),
      options,
    );
  });

  it("is the same whatever comes late from a spool, in whatever order", { timeout: 60_000 }, async () => {
    const late = fc.record({ told, agoMs: fc.integer({ min: freshMs + 1, max: 26 * 3_600_000 }) });
    const order = fc.array(fc.record({ late, place: fc.nat() }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rulesOf, steps, told, order, fc.nat({ max: 8 }), async (rules, all, newest, spooled, newestAt) => {
        const shuffled = spooled.map((each, index) => ({ ...each, index })).sort((a, b) => a.place - b.place);
        const backfill = async (isTold: boolean): Promise<LifeScene> => {
          const scene = await before(rules, all);
          const first = scene.skip(spooled.length + 1);
          for (const [turn, { late: each, index }] of shuffled.entries()) {
            if (turn === newestAt) await scene.tell(newest, { sequence: first + spooled.length });
            if (isTold) await scene.tell(each.told, { agoMs: each.agoMs, sequence: first + index });
          }
          if (newestAt >= shuffled.length) await scene.tell(newest, { sequence: first + spooled.length });
          await scene.advance(300_000);
          await scene.end();
          return scene;
        };
        const alone = await backfill(false);
        const filled = await backfill(true);

        expect(inOrder(filled.turns)).toEqual(inOrder(alone.turns));
        expect(filled.breaches).toEqual([]);
      }),
      options,
    );
  });
});

/** A machine that lived through all of it, and then was not heard for so long that nothing is known of it. */
async function before(rules: readonly Rule[], all: readonly Step[]): Promise<LifeScene> {
  const scene = new LifeScene(rules);
  for (const each of all) await take(scene, each);
  await scene.disconnect();
  await scene.advance(600_000);
  await scene.connect();
  return scene;
}

/** Turns of a rule about a sensor that what was told of it does not bear. */
function unfounded({ code, holdMs, clearMs }: Rule, sensor: "a" | "b", scene: LifeScene): readonly string[] {
  const wrong: string[] = [];
  const own = scene.turns.filter((turn) => turn.rule === code && turn.subject === `sensor/${sensor}` && turn.what !== "is told");
  let firingSinceMs: number | undefined;
  let resolvedAtMs = Number.NEGATIVE_INFINITY;
  for (const { what, atMs, toldCount } of own) {
    const isBegin = what === "fires";
    const known = scene.told.slice(0, toldCount).flatMap((each) => verdictOn(each.told[sensor], each));
    const last = known.at(-1);
    const sinceMs = atMs - (isBegin ? holdMs : clearMs);
    const within = known.filter((each) => each.atMs > sinceMs);
    const against = isBegin ? ["well", "between"] : ["ill", "between", "unknown"];
    if (last?.is !== (isBegin ? "ill" : "well")) wrong.push(`${what} at ${atMs} on what is ${last?.is}`);
    if (last === undefined || atMs - last.atMs > freshMs) wrong.push(`${what} at ${atMs} on what is stale`);
    if (within.some((each) => against.includes(each.is))) wrong.push(`${what} at ${atMs} too early`);
    if (isBegin && atMs - resolvedAtMs < holdMs) wrong.push(`${what} at ${atMs} too soon after it ended`);
    if (!isBegin && firingSinceMs !== undefined && atMs - firingSinceMs < clearMs)
      wrong.push(`${what} at ${atMs} too soon after it began`);
    firingSinceMs = isBegin ? atMs : undefined;
    if (!isBegin) resolvedAtMs = atMs;
  }
  return wrong;
}

/** What an observation says of a sensor; nothing where it is not in a list that is not whole. */
function verdictOn(level: Level, { atMs, told: { isWhole } }: { readonly atMs: number; readonly told: Told }) {
  if (level === "gone") return isWhole ? [{ atMs, is: "well" }] : [];
  if (level === "failed") return [{ atMs, is: "unknown" }];
  return [{ atMs, is: ["well", "between", "ill"][level] ?? "" }];
}
