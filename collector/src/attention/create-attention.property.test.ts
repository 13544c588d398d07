import type { Decision, DecisionRequest, Finding, Severity } from "@nodekeeper/shared/api";
import { settle } from "@nodekeeper/shared/test-support";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSeverity } from "../evaluate/severity.ts";
import { AttentionScene, worn } from "./test-support/attention-scene.ts";

const severities: readonly Severity[] = ["low", "medium", "high"];
const disks = ["a", "b", "c"];
const minuteMs = 60_000;

type Step =
  | { readonly kind: "raise"; readonly disk: string; readonly severity: Severity; readonly level: number }
  | { readonly kind: "resolve"; readonly disk: string }
  | {
      readonly kind: "decide";
      readonly what: DecisionRequest["kind"];
      readonly disk: string;
      readonly isWide: boolean;
      readonly minutes: number;
    }
  | { readonly kind: "end"; readonly nth: number }
  | { readonly kind: "pass"; readonly minutes: number }
  | { readonly kind: "restart" };

const disk = fc.constantFrom(...disks);
const minutes = fc.integer({ min: 1, max: 10 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("raise"),
    disk,
    severity: fc.constantFrom(...severities),
    level: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant("resolve"), disk }),
  fc.record({
    ...{ kind: fc.constant("decide"), disk, isWide: fc.boolean(), minutes },
    what: fc.constantFrom("acknowledge", "accept", "mute", "maintenance"),
  }),
  fc.record({ kind: fc.constant("end"), nth: fc.nat(5) }),
  fc.record({ kind: fc.constant("pass"), minutes }),
);

/** A finding about a disk; each life has an id of its own. */
function about(name: string, life: number, severity: Severity, level: number): Finding {
  return worn(level, { id: `${name}${life}`, severity, subject: { kind: "disk_health", id: name } });
}

/** All of a decision but its id, which is another in each play. */
function wordsOf({ kind, scope, until, seen, at }: Decision): string {
  return JSON.stringify([kind, scope, until, seen, at]);
}

/** Plays steps; `lives` counts the lives of each disk's findings. */
class Play {
  readonly #lives = new Map<string, number>();
  readonly scene: AttentionScene;

  constructor(scene: AttentionScene) {
    this.scene = scene;
  }

  async take(next: Step): Promise<void> {
    const { scene } = this;
    switch (next.kind) {
      case "raise":
        scene.put(about(next.disk, this.#lives.get(next.disk) ?? 0, next.severity, next.level));
        break;
      case "resolve": {
        const life = this.#lives.get(next.disk) ?? 0;
        const open = scene.source.all().find(({ id }) => id === `${next.disk}${life}`);
        if (open === undefined) break;
        scene.put({ ...open, state: "resolved", resolvedAt: "2026-11-23T10:00:00.000Z" });
        this.#lives.set(next.disk, life + 1);
        break;
      }
      case "decide":
        await scene.decide(this.#wanted(next)).catch(() => undefined); // what cannot be decided changes nothing
        break;
      case "end": {
        const all = [...scene.attention.decisions()].sort((a, b) => (wordsOf(a) < wordsOf(b) ? -1 : 1));
        const chosen = all[next.nth % Math.max(1, all.length)];
        if (chosen !== undefined) await scene.attention.end(chosen.id);
        break;
      }
      case "pass":
        await scene.advance(next.minutes * minuteMs);
        break;
      case "restart":
        await settle();
        await scene.restart();
        break;
    }
  }

  #wanted({ what, disk, isWide, minutes }: Extract<Step, { readonly kind: "decide" }>): DecisionRequest {
    const term = what === "acknowledge" || what === "accept" ? {} : { forSeconds: minutes * 60 };
    if (what === "maintenance") return { kind: what, scope: isWide ? {} : { node: "neko" }, ...term };
    if (isWide && what !== "acknowledge") return { kind: what, scope: { rule: "disk-worn" }, ...term };
    const limited = what === "acknowledge" && isWide ? { forSeconds: minutes * 60 } : {};
    return { kind: what, finding: `${disk}${this.#lives.get(disk) ?? 0}`, ...term, ...limited };
  }

  /** All that people see, whatever the ids of decisions are: findings with what holds of them, decisions, maintenance. */
  shown(): unknown {
    const { attention, nodes } = this.scene;
    const kinds = (finding: Finding) => (finding.attention?.decisions ?? []).map(({ kind, until }) => `${kind} ${until}`).sort();
    return {
      findings: attention.findings.all().map((finding) => [finding.id, finding.severity, finding.measure?.level, kinds(finding)]),
      ofNode: attention.findings.ofNode("neko").map((finding) => [finding.id, kinds(finding)]),
      decisions: attention.decisions().map(wordsOf).sort(),
      maintained: nodes.map((node) => attention.isInMaintenance(node)),
    };
  }
}

describe("decisions", () => {
  it("are the same after a restart at any point", async () => {
    const restarts = fc.array(fc.boolean(), { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), restarts, async (steps, isRestarted) => {
        const [straight, restarted] = [new Play(await AttentionScene.of()), new Play(await AttentionScene.of())];
        for (const [index, next] of steps.entries()) {
          await straight.take(next);
          await restarted.take(next);
          if (isRestarted[index] === true) await restarted.take({ kind: "restart" });
          expect(restarted.shown()).toEqual(straight.shown());
        }
        await straight.scene.stop();
        await restarted.scene.stop();
      }),
      { numRuns: 30 },
    );
  });

  it("never set aside what is worse than what was acknowledged, nor accepted what is no advice, and an ended acknowledgement stays ended", async () => {
    const withRestarts = fc.oneof(
      { weight: 8, arbitrary: step },
      { weight: 1, arbitrary: fc.constant<Step>({ kind: "restart" }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(withRestarts, { maxLength: 30 }), async (steps) => {
        const play = new Play(await AttentionScene.of());
        const gone = new Set<string>();
        let before = new Set<string>();
        for (const next of steps) {
          await play.take(next);
          const { attention } = play.scene;
          for (const finding of attention.findings.all()) {
            for (const { kind, seen } of finding.attention?.decisions ?? []) {
              if (kind === "accept") expect(finding.severity).toBe("low");
              if (kind !== "acknowledge" || seen === undefined) continue;
              expect(compareSeverity(finding.severity, seen.severity)).toBeGreaterThanOrEqual(0);
              expect(finding.measure?.level).toBeLessThanOrEqual(seen.level ?? Number.NaN);
            }
          }
          const now = new Set(attention.decisions().map(({ id }) => id));
          for (const id of before) if (!now.has(id)) gone.add(id);
          for (const id of now) expect(gone.has(id)).toBe(false);
          before = now;
        }
        await play.scene.stop();
      }),
      { numRuns: 80 },
    );
  });

  it("tell of exactly the findings that look otherwise by them, once each", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const play = new Play(await AttentionScene.of());
        const look = () =>
          new Map(
            play.scene.attention.findings
              .all()
              .map((finding) => [finding.id, finding.attention?.decisions.map(({ id }) => id).join()]),
          );
        for (const next of steps) {
          const before = look();
          play.scene.told.length = 0;
          await play.take(next);
          if (next.kind === "raise" || next.kind === "resolve") continue;
          const changed = [...look()].filter(([id, decisions]) => before.get(id) !== decisions).map(([id]) => id);
          const told = play.scene.told.flat();
          expect(new Set(told)).toEqual(new Set(changed));
          if (next.kind !== "pass") expect(told).toHaveLength(changed.length);
        }
        await play.scene.stop();
      }),
      { numRuns: 80 },
    );
  });
});
