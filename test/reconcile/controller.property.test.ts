/**
 * What holds whatever happens: agents that tell, fail and fall silent, processes that are killed in the middle of a write, writes that go wrong at any
 * point, policies that change, people who write on the same objects, want labels otherwise for a while or pause us, a feed that stands still.
 * 1. Every write of ours is one that a careful person would allow (oracle.ts): nothing comes of silence or of what an earlier process heard, nothing goes
 *    before its dwell, no more nodes are restricted than the brake lets.
 * 2. What others wrote stays.
 * 3. When it is calm again, everything comes to be as it should, and then nothing more is written.
 */

import { AppError } from "@nodekeeper/shared";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Mishap } from "../../collector/src/reconcile/test-support/fake-nodes.ts";
import { aPolicy, minuteMs, ReconcileScene, type ToldDisks } from "../../collector/src/reconcile/test-support/reconcile-scene.ts";
import { changeMs, Oracle, removeMs } from "./oracle.ts";

const names = ["n0", "n1", "n2"];
const name = fc.constantFrom(...names);
const model = fc.constantFrom("ssd", "hdd", undefined);
const minutes = fc.integer({ min: 1, max: 14 });

type Step =
  | {
      readonly kind: "tell";
      readonly name: string;
      readonly a: string | undefined;
      readonly b: string | undefined;
      readonly isComplete: boolean;
    }
  | { readonly kind: "fail" | "recreate" | "cordon"; readonly name: string }
  | { readonly kind: "live" | "silence"; readonly minutes: number }
  | { readonly kind: "kill"; readonly isDone: boolean }
  | { readonly kind: "mishap"; readonly error: keyof typeof errors; readonly isDone: boolean }
  | { readonly kind: "policy"; readonly keys: readonly string[]; readonly isEnforced: boolean }
  | { readonly kind: "edit"; readonly name: string; readonly label: string; readonly value: string | undefined }
  | { readonly kind: "override"; readonly name: string; readonly value: string | undefined; readonly minutes: number }
  | { readonly kind: "feed" | "override ends" | "pause" };

const errors = {
  transient: new AppError("PEER_UNREACHABLE", "no answer"),
  conflict: new AppError("CONFLICT", "it was modified"),
  refused: new AppError("PEER_REFUSED", "forbidden"),
};

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("tell" as const), name, a: model, b: model, isComplete: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("live" as const), minutes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("silence" as const), minutes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("fail" as const, "recreate" as const, "cordon" as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), isDone: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc
      .record({ error: fc.constantFrom("transient" as const, "conflict" as const, "refused" as const), isDone: fc.boolean() })
      // Who refuses has done nothing.
      .map(({ error, isDone }) => ({ kind: "mishap" as const, error, isDone: isDone && error === "transient" })),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("policy" as const),
      keys: fc.constantFrom(["a", "b"], ["a"], ["b"]),
      isEnforced: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant("edit" as const), name, label: fc.constantFrom("d/a", "d/b", "x/theirs") },
      value: fc.constantFrom("ssd", "theirs", undefined),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("override" as const), name, value: model, minutes }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom({ kind: "feed" as const }, { kind: "override ends" as const }, { kind: "pause" as const }),
  },
);

class Life {
  readonly oracle: Oracle;
  readonly scene: ReconcileScene;
  /** What each agent says when it speaks; undefined: it cannot read its disks. */
  readonly #says = new Map<string, { readonly disks: ToldDisks; readonly isComplete: boolean } | undefined>();

  constructor(scene: ReconcileScene) {
    this.scene = scene;
    this.oracle = new Oracle(() => scene.clock.wallMs(), ["a", "b"]);
    scene.nodes.onWrite = (manager, before, write) => {
      if (manager === "nodekeeper") this.oracle.judge(before, write);
    };
    for (const each of names) this.#says.set(each, { disks: { a: "ssd", b: "ssd" }, isComplete: true });
  }

  async take(taken: Step): Promise<void> {
    const { nodes } = this.scene;
    await this.scene.advance(1); // two words of one moment are not told apart
    switch (taken.kind) {
      case "tell": {
        const { a, b, isComplete } = taken;
        const disks = { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) };
        this.#says.set(taken.name, { disks, isComplete });
        this.#speak(taken.name);
        break;
      }
      case "fail":
        this.#says.set(taken.name, undefined);
        this.#speak(taken.name);
        break;
      case "live":
        return await this.live(taken.minutes);
      case "silence":
        return await this.scene.advance(taken.minutes * minuteMs);
      case "kill":
        return await this.#kill({ error: undefined, isDone: taken.isDone });
      case "mishap":
        nodes.plan({ error: errors[taken.error], isDone: taken.isDone });
        break;
      case "policy":
        this.#rule(taken.keys, taken.isEnforced);
        break;
      case "edit":
        nodes.edit(taken.name, { [taken.label]: taken.value });
        break;
      case "recreate":
        nodes.add(taken.name);
        break;
      case "cordon":
        nodes.cordon(taken.name, !nodes.node(taken.name).isCordoned);
        break;
      case "override":
        this.#override(taken);
        break;
      case "override ends":
        this.#override(undefined);
        break;
      case "pause":
        this.#pause(!this.oracle.isPaused);
        break;
      case "feed":
        nodes.isFollowed = !nodes.isFollowed;
        if (nodes.isFollowed) nodes.list();
        break;
    }
    await this.scene.settle();
  }

  /** Agents say each minute what they say. */
  async live(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute++) {
      for (const each of names) this.#speak(each);
      await this.scene.advance(minuteMs);
    }
  }

  /** Calm weather, for as long as dwells, brake, rests and retries may take together. */
  async calm(): Promise<void> {
    const { nodes } = this.scene;
    nodes.unplan();
    nodes.isFollowed = true;
    nodes.list();
    for (const each of names) {
      nodes.cordon(each, false);
      this.#says.set(each, { disks: { a: "ssd" }, isComplete: true });
    }
    this.#override(undefined);
    this.#pause(false);
    this.#rule(["a", "b"], true);
    await this.live(70);
  }

  /** One at a time, of the disk a. */
  #override(wish: Extract<Step, { readonly kind: "override" }> | undefined): void {
    for (const each of names) this.oracle.overridden(each, "a", undefined);
    if (wish === undefined) {
      this.scene.override();
      return;
    }
    const untilMs = this.scene.clock.wallMs() + wish.minutes * minuteMs;
    this.oracle.overridden(wish.name, "a", { value: wish.value, untilMs });
    this.scene.override({ key: wish.name, item: "d/a", value: wish.value, untilMs });
  }

  #pause(isPaused: boolean): void {
    this.oracle.isPaused = isPaused;
    this.scene.forbid(isPaused ? "paused" : undefined);
  }

  #rule(keys: readonly string[], isEnforced: boolean): void {
    const restrict = isEnforced ? "enforce" : "plan";
    const modes = { describe: "enforce", restrict, move: "plan" } as const;
    this.scene.setPolicy(aPolicy(keys, { dwell: { changeMs, removeMs }, modes, hash: `${keys.join()} ${restrict}` }));
    this.oracle.ruled(keys);
    this.oracle.isEnforced = isEnforced;
  }

  #speak(each: string): void {
    const said = this.#says.get(each);
    if (said === undefined) this.scene.tellFailure(each);
    else this.scene.tell(each, said.disks, said);
    this.oracle.told(each, said?.disks, said?.isComplete === true);
  }

  /** The process is gone in the middle of its next write, done or not, or a minute later. */
  async #kill(mishap: Mishap): Promise<void> {
    this.scene.nodes.unplan();
    this.scene.nodes.plan(mishap);
    await this.scene.advance(minuteMs / 2);
    this.scene.nodes.unplan();
    this.scene.kill();
    await this.scene.advance(1);
    this.oracle.restarted();
    await this.scene.start();
  }

  /** Before the first step: the policy of this test, and everything labelled. */
  async begin(): Promise<void> {
    this.#rule(["a", "b"], true);
    await this.live(1);
  }
}

describe("reconciliation", () => {
  it("writes only what is known and has held, leaves what is not ours, and comes to rest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const scene = await ReconcileScene.of(names, { tickMs: 5_000 });
        const life = new Life(scene);
        await life.begin();
        for (const each of names) scene.nodes.edit(each, { "y/foreign": each });
        const theirs = new Map(names.map((each) => [each, { "y/foreign": each } as Record<string, string>]));
        for (const taken of steps) {
          await life.take(taken);
          if (taken.kind === "recreate") theirs.set(taken.name, {});
          if (taken.kind === "edit" && taken.label === "x/theirs") {
            const { "x/theirs": _, ...others } = theirs.get(taken.name) ?? {};
            theirs.set(taken.name, taken.value === undefined ? others : { ...others, "x/theirs": taken.value });
          }
        }
        await life.calm();
        const writes = scene.nodes.writes.length;
        const labels = names.map((each) => scene.nodes.labels(each));
        await life.live(20);

        expect(life.oracle.complaints).toEqual([]);
        expect(labels.map(({ "d/b": _, ...others }) => others)).toEqual(
          names.map((each) => ({ "d/a": "ssd", ...theirs.get(each) })),
        );
        expect(scene.nodes.writes.length).toBe(writes);
        scene.kill();
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
