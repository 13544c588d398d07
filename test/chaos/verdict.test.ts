import { describe, expect, it } from "vitest";
import type { SentObservation } from "../durability/ledger.ts";
import { type Evidence, problemsOf } from "./verdict.ts";

const base = { node: "sim-1", epoch: "e" };

function sent(sequence: number, overrides: Partial<SentObservation> = {}): SentObservation {
  const state = { timesSent: 1, isAcknowledged: true, refusal: undefined };
  return { ...base, sequence, probe: "system", fingerprint: `f${sequence}`, ...state, ...overrides };
}

const well: Evidence = {
  sent: [sent(1), sent(2)],
  committed: [
    { ...base, spans: [{ first: 1, last: 2 }] },
    { node: "real-1", epoch: "r", spans: [{ first: 1, last: 3 }] },
  ],
  rows: [{ ...base, sequence: 2, fingerprint: "f2" }],
  storedCount: 5,
  losses: new Map([["real-1", []]]),
};

describe("the verdict of a chaos run", () => {
  it("has nothing against a run that went well", () => {
    expect(problemsOf(well)).toEqual([]);
  });

  it("does not mind what was sent and never acknowledged, or refused by name", () => {
    const more = [sent(7, { isAcknowledged: false }), sent(8, { refusal: "too old" })];

    expect(problemsOf({ ...well, sent: [...well.sent, ...more] })).toEqual([]);
  });

  it("finds what was acknowledged and is not stored", () => {
    expect(problemsOf({ ...well, sent: [...well.sent, sent(3)] })).toEqual(["sim-1/e/3 was acknowledged and is not stored"]);
  });

  it("finds what was written twice, in the journal or beyond it", () => {
    const rows = [...well.rows, ...well.rows];

    expect(problemsOf({ ...well, rows, storedCount: 6 })).toEqual([
      "5 observations are committed, and 6 were written",
      "sim-1/e/2 is stored twice",
    ]);
  });

  it("finds what is not what was sent", () => {
    const rows = [{ ...base, sequence: 2, fingerprint: "other" }];

    expect(problemsOf({ ...well, rows })).toEqual(["sim-1/e/2 is not what was sent"]);
  });

  it("finds a gap of a real agent that nobody spoke of, and none that was accounted", () => {
    const committed = [
      well.committed[0] ?? { ...base, spans: [] },
      { node: "real-1", epoch: "r", spans: [{ first: 3, last: 5 }] },
    ];
    const withLoss = (observationCount: number) =>
      problemsOf({ ...well, committed, losses: new Map([["real-1", [{ observationCount, reason: "agent_killed" }]]]) });

    expect(problemsOf({ ...well, committed })).toEqual(["real-1: 2 observations never came, and it said that it lost 0"]);
    expect(withLoss(1)).toEqual(["real-1: 2 observations never came, and it said that it lost 1"]);
    expect(withLoss(2)).toEqual([]);
    expect(withLoss(0)).toEqual([]);
  });
});
