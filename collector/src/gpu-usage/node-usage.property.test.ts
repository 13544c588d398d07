/** Whatever is read, in whatever order and however often, and wherever a restart falls. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelsReading } from "./follow-models.ts";
import { memoryStepMs } from "./memory-series.ts";
import { grainMs } from "./model-totals.ts";
import { createNodeUsage, type NodeUsage } from "./node-usage.ts";

const beganAtMs = Date.UTC(2026, 10, 22, 11, 50);
const names = ["a", "b", "c"] as const;

/** A moment in which GPU and Ollama are read. */
interface Moment {
  readonly atMs: number;
  readonly gib: number;
  /** A half of them is this program's. */
  readonly program: number;
  readonly models: readonly string[];
  readonly context: number;
  readonly run: string;
  readonly isTold: boolean;
}

const moments = fc
  .array(
    fc.record({
      stepMs: fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: 60_000 }), weight: 8 },
        fc.integer({ min: -7_200_000, max: 7_200_000 }),
      ),
      gib: fc.integer({ min: 0, max: 15 }),
      program: fc.nat(40),
      models: fc.subarray([...names]),
      context: fc.constantFrom(4096, 8192),
      run: fc.constantFrom("1", "1", "1", "2"),
      isTold: fc.boolean(),
    }),
    { minLength: 2, maxLength: 120 },
  )
  .map((steps) => {
    let atMs = beganAtMs;
    return steps.map(({ stepMs, ...rest }): Moment => {
      atMs += stepMs;
      return { atMs, ...rest };
    });
  });

function feed(usage: NodeUsage, { atMs, gib, program, models, context, run, isTold }: Moment): void {
  const owners = new Map(["ollama ollama", `game game-${program}`].map((key) => [key, gib * 2 ** 29]));
  const held = isTold ? { owners, freeBytes: (15 - gib) * 2 ** 30 } : undefined;
  usage.takeMemory(atMs, 75_000, [{ id: "0000:01:00.0", name: "card", capacityBytes: 15 * 2 ** 30, held }]);
  const loaded = new Map(models.map((model) => [model, { contextLengthTokens: context, expiresAtMs: atMs + 300_000 }]));
  const reading: ModelsReading = { atMs, goodForMs: 75_000, witness: "agent", run, loaded };
  if (isTold) usage.takeModels(reading, false);
}

/** All that is told, as JSON. */
function told(usage: NodeUsage, fromMs = 0): string {
  return JSON.stringify(usage.document(fromMs));
}

/** As far as a file keeps it: to the MiB, the second and the ms. */
function restored(usage: NodeUsage): NodeUsage {
  const made = createNodeUsage(usage.node);
  made.restore(JSON.parse(told(usage)));
  return made;
}

describe("how a node was used", () => {
  it("never makes a step, an hour or a day longer than it is, and owners and what is free are what there is", () => {
    fc.assert(
      fc.property(moments, (all) => {
        const usage = createNodeUsage("siberian");
        for (const moment of all) feed(usage, moment);

        for (const { totals } of usage.models()) {
          for (const grain of ["hours", "days"] as const) {
            const { first, numbers } = totals.cells(grain, 0);
            for (let at = 0; at < numbers.length; at += 4) {
              const ms = (first + at / 4) * grainMs[grain];
              expect(totals.sum(grain, ms, ms).loadedMs).toBeLessThanOrEqual(grainMs[grain]);
            }
          }
        }
        for (const { series } of usage.gpus()) {
          const newest = series.newest ?? 0;
          const { knownMs, owners, freeBytes } = series.steps(newest - 288, newest);
          for (const [at, known] of knownMs.entries()) {
            expect(known).toBeLessThanOrEqual(memoryStepMs);
            const held = [...owners.values()].reduce((sum, bytes) => sum + (bytes[at] ?? 0), 0) + (freeBytes[at] ?? 0);
            if (known > 0) expect(Math.abs(held - 15 * 2 ** 30)).toBeLessThan(2 ** 20);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is the same where each reading comes twice", () => {
    fc.assert(
      fc.property(moments, (all) => {
        const once = createNodeUsage("siberian");
        const twice = createNodeUsage("siberian");
        for (const moment of all) {
          feed(once, moment);
          feed(twice, moment);
          feed(twice, moment);
        }

        expect(told(twice)).toBe(told(once));
      }),
      { numRuns: 60 },
    );
  });

  it("counts nothing twice over a restart, and loses nothing but what lies between two readings", () => {
    fc.assert(
      fc.property(moments, fc.nat(), (all, cut) => {
        const at = cut % all.length;
        const whole = createNodeUsage("siberian");
        for (const moment of all) feed(whole, moment);
        const before = createNodeUsage("siberian");
        for (const moment of all.slice(0, at)) feed(before, moment);
        const after = restored(before);
        expect(told(after)).toBe(told(before));
        for (const moment of all.slice(at)) feed(after, moment);

        const [sumOfWhole, sumOfAfter] = [whole, after].map(timeOf);
        expect(sumOfAfter).toBeLessThanOrEqual((sumOfWhole ?? 0) + names.length);
        expect(sumOfAfter).toBeGreaterThanOrEqual((sumOfWhole ?? 0) - names.length * 75_000 * 2);
      }),
      { numRuns: 60 },
    );
  });

  it("is whole again from the day and what came since", () => {
    fc.assert(
      fc.property(moments, fc.nat(), (all, cut) => {
        const ahead = all.map((moment, index) => ({ ...moment, atMs: beganAtMs + index * 20_000 }));
        const at = cut % ahead.length;
        const usage = createNodeUsage("siberian");
        for (const moment of ahead.slice(0, at)) feed(usage, moment);
        const day = told(usage);
        for (const moment of ahead.slice(at)) feed(usage, moment);
        const since = told(usage, (ahead[at]?.atMs ?? 0) - 300_000);

        const made = createNodeUsage("siberian");
        for (const part of [day, since]) made.restore(JSON.parse(part));
        expect(told(made)).toBe(told(usage));
      }),
      { numRuns: 60 },
    );
  });
});

function timeOf(usage: NodeUsage): number {
  return usage
    .models()
    .reduce(
      (sum, { totals }) => sum + totals.sum("days", beganAtMs - 10 * grainMs.days, beganAtMs + 20 * grainMs.days).loadedMs,
      0,
    );
}
