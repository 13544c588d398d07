/**
 * The week of the house: nothing is told that nobody needs to know, and what breaks is told once. Two days with faults here, in which nothing else may
 * be told; by hand as many as NODEKEEPER_WEEK_DAYS says, with faults and without, of which RESULTS.md tells.
 */
import { describe, expect, it } from "vitest";
import { theFaults } from "./faults.ts";
import { hourMs, weekStartMs } from "./life.ts";
import { liveThrough, type Telling, type Turn, type WeekRecord } from "./week.ts";

const days = Number(process.env["NODEKEEPER_WEEK_DAYS"] ?? 0);
/** All faults come and go within two days. */
const faultyDays = Math.max(2, days);
const seed = Number(process.env["NODEKEEPER_TEST_SEED"] ?? 1);
const timeoutMs = faultyDays * 120_000;
/** A channel gathers what comes within this time into one notice, and looks at its queue every few seconds. */
const gatheringMs = 40_000;
/** The two advices of a cluster with two servers that talk over Tailscale stand from the first hour on. */
const standing = ["etcd-on-tailnet", "etcd-quorum"];

describe.skipIf(days === 0)(
  `a week in which nothing is wrong${days === 0 ? " (skipped: by hand, NODEKEEPER_WEEK_DAYS=7)" : ""}`,
  () => {
    it("tells nobody anything after the first hour, and plans to take nothing away", { timeout: timeoutMs }, async () => {
      const record = await liveThrough({ days, seed });

      expect(record.told.filter(({ atMs }) => atMs >= weekStartMs + hourMs).map(inShort)).toEqual([]);
      expect(record.mostOpen.map(({ rule }) => rule).sort()).toEqual(standing);
      expect(record.restricts).toEqual([]);
      expect(record.turns.map(({ what, finding }) => `${what} ${finding.rule}`).sort()).toEqual(
        standing.map((rule) => `fires ${rule}`),
      );
      expect(record.troubles).toEqual([]);
      expect(record.counts.observations).toBeGreaterThan(days * 100_000);
      show("quiet", record);
    });
  },
);

describe("the same week with five faults", () => {
  it("tells each of them once, within its time, and that it is over", { timeout: timeoutMs }, async () => {
    const record = await liveThrough({ days: faultyDays, seed, faults: theFaults });
    const told = record.told.filter(({ atMs }) => atMs >= weekStartMs + hourMs);

    expect(
      told
        .filter(({ telling }) => telling === "firing")
        .map(place)
        .sort(),
    ).toEqual(theFaults.map(({ machine, rule }) => `${machine} ${rule}`).sort());
    for (const fault of theFaults) {
      const own = told.filter((each) => place(each) === `${fault.machine} ${fault.rule}`);
      const [first, ...others] = own;
      expect(own.map(({ telling }) => telling)).toEqual(["firing", "resolved"]);
      expect(first?.atMs).toBeGreaterThanOrEqual(fault.fromMs);
      expect(first?.atMs).toBeLessThanOrEqual(fault.fromMs + fault.firesWithinMs + gatheringMs);
      expect(others.at(-1)?.atMs).toBeGreaterThanOrEqual(fault.untilMs);
      expect(others.at(-1)?.atMs).toBeLessThanOrEqual(fault.untilMs + fault.resolvesWithinMs + gatheringMs);
    }
    expect(told.length).toBe(2 * theFaults.length);
    expect(record.troubles).toEqual([]);
    expect([...new Set(record.restricts.map(({ node }) => node))].sort()).toEqual(["neko2"]);
    show("faulty", record);
  });
});

function place({ finding: { node, rule } }: Telling): string {
  return `${node} ${rule}`;
}

function inShort({ telling, finding, atMs }: Telling): string {
  return `${new Date(atMs).toISOString()} ${telling} ${finding.node} ${finding.rule}`;
}

/** For RESULTS.md. */
function show(name: string, { counts, turns, told }: WeekRecord): void {
  if (days <= 2) return;
  const firing = (all: readonly Turn[]): number => all.filter(({ what }) => what === "fires").length;
  process.stdout.write(
    `${name}: ${JSON.stringify({ days, ...counts, fired: firing(turns), told: told.length })}\n${told.map(inShort).join("\n")}\n`,
  );
}
