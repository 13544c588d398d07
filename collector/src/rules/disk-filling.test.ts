import { Outcome } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import type { FillHistory } from "../state/node-inventory.ts";
import { judge, machineThatSaid, severityIn, type Thing } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { diskFilling as rule } from "./disk-filling.ts";

const dayMs = 24 * 3_600_000;
const size = 1_000_000_000_000;

interface Filling {
  /** Percent used on each day, the last one today. */
  readonly percents: readonly number[];
  readonly endedDaysAgo?: number;
  readonly thing?: Partial<Thing>;
  readonly value?: object;
  readonly afterMs?: number;
  readonly firing?: Partial<Finding>;
}

function say({ percents, endedDaysAgo = 0, thing = {}, value = {}, afterMs = 0, firing }: Filling) {
  const days = percents.map((percent, index): [number, number] => [
    startMs - (percents.length - 1 - index + endedDaysAgo) * dayMs,
    (percent / 100) * size,
  ]);
  const history: FillHistory = { sizeBytes: size, days };
  const mounted: Thing = {
    ...{ kind: "filesystem", id: "/data", value: { case: "filesystem", value: { mountPoint: "/data", ...value } } },
    ...thing,
  };
  const node = machineThatSaid({ things: [mounted] });
  const fills = { takenAtMs: startMs, of: { "/data": history } };
  const inventory = { machineId: "", listedKinds: [], items: [], counters: {}, fills };
  return judge(rule, { ...node, inventory }, afterMs, firing);
}

/** From so much on, by so much a day. */
const growing = (from: number, perDay: number, days = 21) => Array.from({ length: days }, (_, day) => from + day * perDay);

describe("feature 41: a filesystem that will be full", () => {
  it.each<{ what: string; filling: Filling; expected: string }>([
    { what: "one that grows by a percent a day and has twenty left", filling: { percents: growing(60, 1) }, expected: "low" },
    { what: "one that is full within a week", filling: { percents: growing(55, 2) }, expected: "medium" },
    { what: "one that is full in half a year", filling: { percents: growing(40, 0.3) }, expected: "clear" },
    { what: "one that stands", filling: { percents: growing(84, 0) }, expected: "clear" },
    {
      what: "one that is emptied and filled each day",
      filling: { percents: growing(60, 0).map((at, day) => at + (day % 2) * 20) },
      expected: "clear",
    },
    { what: "a week of history", filling: { percents: growing(60, 3, 7) }, expected: "clear" },
    { what: "no history", filling: { percents: [] }, expected: "hold" },
    { what: "an old history", filling: { percents: growing(60, 1), endedDaysAgo: 4 }, expected: "hold" },
    { what: "one that is read-only", filling: { percents: growing(60, 1), value: { isReadOnly: true } }, expected: "clear" },
    { what: "one on a server", filling: { percents: growing(60, 1), value: { isRemote: true } }, expected: "clear" },
    {
      what: "one that could not be read",
      filling: { percents: growing(60, 1), thing: { outcome: Outcome.FAILED } },
      expected: "hold",
    },
    { what: "one of which nothing was heard lately", filling: { percents: growing(60, 1), afterMs: 600_000 }, expected: "hold" },
    { what: "one that was said, and goes slower", filling: { percents: growing(43, 1), firing: {} }, expected: "low" },
    { what: "the same that was not said", filling: { percents: growing(43, 1) }, expected: "clear" },
  ])("judges $what: $expected", ({ filling, expected }) => {
    const verdicts = say(filling);

    expect(severityIn(rule, verdicts) ?? "hold").toBe(expected);
  });

  it("says when, with the interval that its history leaves open, and is a consequence of being full already", () => {
    expect(say({ percents: growing(55, 2) })).toMatchObject([
      {
        text: "/data will be full within a week, if it goes on like this",
        dependsOn: ["disk-nearly-full filesystem//data"],
        measure: { name: "days_of_the_last_30_gone", level: 27 },
      },
    ]);
  });
});
