import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredAuthority } from "../identity/vault.ts";
import { authorityLifetimeMs, certificateLifetimeMs, graceMs, isAuthorityEnding, rotationStep } from "./rotation.ts";

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 24 * 3_600_000;

/** What an operator does, one thing after the other. */
const operations = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 60 * dayMs }), isImmediate: fc.boolean() }), {
  maxLength: 6,
});

/** The vault over time as the source would keep it, if only what is asked for is written and nothing is ever dropped in between. */
function historyOf(asked: readonly { readonly afterMs: number; readonly isImmediate: boolean }[]) {
  let authorities: readonly StoredAuthority[] = [authority(0, startMs, startMs)];
  let nowMs = startMs;
  const history = [{ fromMs: startMs, authorities, isImmediate: true }];
  for (const [at, { afterMs, isImmediate }] of asked.entries()) {
    nowMs += afterMs;
    const step = rotationStep(authorities, nowMs);
    if (step === undefined || step.isWaiting) continue; // CONFLICT
    authorities = [authority(at + 1, nowMs, isImmediate ? nowMs : nowMs + graceMs), step.signer];
    history.push({ fromMs: nowMs, authorities, isImmediate });
  }
  return {
    at(timeMs: number) {
      const kept = history.findLast(({ fromMs }) => fromMs <= timeMs) ?? history[0];
      const step = rotationStep(kept?.authorities ?? [], timeMs);
      if (step === undefined) throw new Error("there is an authority at all times");
      return step;
    },
    endMs: nowMs + 2 * certificateLifetimeMs,
  };
}

function authority(number: number, createdAtMs: number, signsFromMs: number): StoredAuthority {
  return { certificate: `certificate ${number}`, key: `key ${number}`, createdAtMs, signsFromMs };
}

describe("rotationStep", () => {
  const time = fc.double({ min: 0, max: 1, noNaN: true });

  it("always trusts who signs, and never more than two", () => {
    fc.assert(
      fc.property(operations, time, (asked, part) => {
        const history = historyOf(asked);
        const step = history.at(startMs + part * (history.endMs - startMs));

        expect(step.trusted).toContain(step.signer);
        expect(step.trusted.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("never signs with an authority that somebody who heard of it within the grace does not trust, if no rotation is immediate", () => {
    fc.assert(
      fc.property(operations, time, fc.integer({ min: 0, max: graceMs }), (asked, part, awayMs) => {
        const history = historyOf(asked.map((each) => ({ ...each, isImmediate: false })));
        const leftMs = startMs + part * (history.endMs - startMs);

        expect(history.at(leftMs).trusted).toContain(history.at(leftMs + awayMs).signer);
      }),
    );
  });

  it("trusts whoever signed as long as what they signed may be around, unless another rotation is begun", () => {
    fc.assert(
      fc.property(time, fc.boolean(), fc.integer({ min: 0, max: certificateLifetimeMs }), (part, isImmediate, laterMs) => {
        const history = historyOf([{ afterMs: dayMs, isImmediate }]);
        const atMs = startMs + part * (history.endMs - startMs);

        expect(history.at(atMs + laterMs).trusted).toContain(history.at(atMs).signer);
      }),
    );
  });

  it("is the same after a restart at any step, whatever the order in the vault and whether the drop was written", () => {
    fc.assert(
      fc.property(operations, time, time, (asked, part, laterPart) => {
        const history = historyOf(asked);
        const lastMs = history.endMs;
        const atMs = startMs + part * (lastMs - startMs);
        const step = history.at(atMs);
        const nextMs = Math.min(atMs + laterPart * certificateLifetimeMs, step.nextAtMs ?? lastMs);

        expect(rotationStep([...step.trusted].reverse(), atMs)).toEqual(step);
        expect(rotationStep(step.trusted, nextMs)?.signer).toEqual(rotationStep([...step.trusted].reverse(), nextMs)?.signer);
      }),
    );
  });

  it("goes on by itself until one authority is left", () => {
    fc.assert(
      fc.property(operations, (asked) => {
        const history = historyOf(asked);
        let step = history.at(history.endMs - 2 * certificateLifetimeMs);
        const seen = [step];
        while (step.nextAtMs !== undefined) {
          step = history.at(step.nextAtMs);
          seen.push(step);
        }

        expect(step.trusted).toEqual([step.signer]);
        expect(seen.length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it("takes the same of two authorities of one millisecond, whatever their order in the vault", () => {
    const two = [authority(0, startMs, startMs), authority(1, startMs, startMs)];

    expect(rotationStep([...two].reverse(), startMs)).toEqual(rotationStep(two, startMs));
  });

  it("has no step where there is no authority", () => {
    expect(rotationStep([], startMs)).toBeUndefined();
  });

  it("replaces an authority a year before its end, once", () => {
    const only = authority(0, startMs, startMs);
    const lateMs = startMs + authorityLifetimeMs - 364 * dayMs;
    const next = authority(1, lateMs, lateMs + graceMs);
    const isEnding = (authorities: readonly StoredAuthority[], atMs: number): boolean | undefined => {
      const step = rotationStep(authorities, atMs);
      return step && isAuthorityEnding(step, atMs);
    };

    expect(isEnding([only], lateMs - 2 * dayMs)).toBe(false);
    expect(isEnding([only], lateMs)).toBe(true);
    expect(isEnding([only, next], lateMs)).toBe(false);
    expect(isEnding([only, next], lateMs + graceMs)).toBe(false);
  });
});
