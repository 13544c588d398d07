import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { type Admission, createAdmission, type Turn } from "./admission.ts";

const limits = { maximumNewcomers: 4, maximumWaitMs: 1_000 };
const present = new AbortController().signal;

function lineOf(clock = new FakeClock(), random = () => 0.5): { readonly admission: Admission; readonly clock: FakeClock } {
  return { admission: createAdmission({ clock, random, limits }), clock };
}

/** Agents that ask at the same moment, and what each is told so far. */
async function herd(admission: Admission, count: number): Promise<(Turn | undefined)[]> {
  const told: (Turn | undefined)[] = Array.from({ length: count }, () => undefined);
  told.forEach((_, index) => {
    void admission.ask(present).then((turn) => {
      told[index] = turn;
    });
  });
  await turns();
  return told;
}

/** Whatever follows from what happened has happened. */
function turns(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function settle(turn: Turn | undefined): void {
  if (turn?.kind === "enter") turn.place[Symbol.dispose]();
}

describe("feature 12: admission", () => {
  it("lets whoever comes alone in at once", async () => {
    const { admission } = lineOf();

    for (let index = 0; index < 20; index += 1) settle((await herd(admission, 1))[0]);

    expect(admission).toMatchObject({ newcomers: 0, waiting: 0 });
  });

  it("greets some of a herd, lets as many wait as will soon have their turn, and sends the rest away", async () => {
    const { admission } = lineOf();

    const told = await herd(admission, 300);

    // A hundred are expected to be settled within the second that one may wait.
    expect(told.slice(0, 4).map((turn) => turn?.kind)).toEqual(["enter", "enter", "enter", "enter"]);
    expect(told.slice(4, 104)).toEqual(Array.from({ length: 100 }, () => undefined));
    expect(new Set(told.slice(104).map((turn) => turn?.kind))).toEqual(new Set(["away"]));
    expect(admission).toMatchObject({ newcomers: 4, waiting: 100 });
  });

  it("lets the next in when one is settled, in the order of coming", async () => {
    const { admission } = lineOf();
    const told = await herd(admission, 8);

    settle(told[2]);
    settle(told[2]); // a place is given back once
    await turns();

    expect(told.map((turn) => turn?.kind)).toEqual([
      ...["enter", "enter", "enter", "enter", "enter"],
      undefined,
      undefined,
      undefined,
    ]);
    expect(admission).toMatchObject({ newcomers: 4, waiting: 3 });
  });

  it("spreads those who are sent away over the time that greeting them takes", async () => {
    let seed = 0;
    const { admission } = lineOf(new FakeClock(), () => {
      seed = (seed + 0.618) % 1;
      return seed;
    });

    const told = await herd(admission, 2_104);

    const times = told.flatMap((turn) => (turn?.kind === "away" ? [turn.afterMs] : []));
    expect(times).toHaveLength(2_000);
    const perSecond = Map.groupBy(times, (afterMs) => Math.floor(afterMs / 1_000));
    expect(Math.max(...times)).toBeGreaterThan(18_000);
    expect(Math.max(...times)).toBeLessThan(28_000);
    for (const [, each] of perSecond) expect(each.length).toBeLessThan(200); // twice the pace at most, in any second
  });

  it("learns its pace from how quickly agents are settled", async () => {
    const { admission, clock } = lineOf();
    const told = await herd(admission, 104);
    for (let index = 0; index < 100; index += 1) {
      await clock.advance(100); // ten a second, not a hundred
      settle(told[index]);
      await turns();
    }
    for (let index = 100; index < 104; index += 1) settle(told[index]);

    const later = await herd(admission, 300);

    const waiting = later.filter((turn) => turn === undefined).length;
    expect(waiting).toBeGreaterThanOrEqual(10);
    expect(waiting).toBeLessThan(20);
  });

  it("forgets who leaves the line", async () => {
    const { admission } = lineOf();
    const told = await herd(admission, 4);
    const gone = new AbortController();
    const asking = admission.ask(gone.signal);
    const next = admission.ask(present);

    gone.abort(new Error("the stream ended"));
    settle(told[0]);

    await expect(asking).rejects.toThrow("the stream ended");
    expect((await next).kind).toBe("enter");
    expect(admission).toMatchObject({ newcomers: 4, waiting: 0 });
  });

  it("asks a node that comes again and again to come back later, and no other", async () => {
    const { admission, clock } = lineOf();
    const told: string[] = [];
    for (let index = 0; index < 200; index += 1) {
      const turn = await admission.ask(present, "neko");
      told.push(turn.kind);
      settle(turn);
    }

    const other = await admission.ask(present, "siberian");
    await clock.advance(30_000);
    const later = await admission.ask(present, "neko");

    expect(told.filter((kind) => kind === "enter")).toHaveLength(120);
    expect([other.kind, later.kind]).toEqual(["enter", "enter"]);
  });
});
