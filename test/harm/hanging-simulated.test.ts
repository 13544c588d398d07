/**
 * An hour of simulated time, and four thousand cycles ($NODEKEEPER_HANGING_CYCLES, ten thousand by hand), with the real probes on a recorded machine in
 * memory, where smartctl never comes back and a network mount never answers.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { beforeAll, describe, expect, it } from "vitest";
import { createSilentLogger } from "../../agent/src/test-support/silent-logger.ts";
import { type Run, silentMount, startHangingProbes } from "./hanging-probes.ts";

const hourMs = 3_600_000;
/** The probes whose subjects hang. */
const concerned = ["disks", "smart"];
const cycles = Number(process.env["NODEKEEPER_HANGING_CYCLES"] ?? 4_000);
/** What the heap may grow by from the 1,000th cycle to the last; V8 gives and takes about half of it as it pleases. */
const flatBytes = 2 * 1024 * 1024;

interface Measured {
  readonly cycles: number;
  readonly heapBytes: number;
}

describe.each([
  { kind: "refused" as const, title: "that are given up on after their time" },
  { kind: "silent" as const, title: "from which not even the runner of programs comes back" },
])("an hour among calls $title", ({ kind }) => {
  const clock = new FakeClock();
  const logger = createSilentLogger();
  let runs: ReadonlyMap<string, readonly Run[]>;
  let intervals: ReadonlyMap<string, number>;
  let calls: ReadonlyMap<string, number>;

  beforeAll(async () => {
    await using hanging = await startHangingProbes({ clock, kind, logger });
    await clock.advance(hourMs);
    runs = hanging.runs();
    intervals = hanging.intervals();
    calls = hanging.calls();
  }, 120_000);

  it("every other probe succeeds at its interval, to the millisecond", () => {
    const others = [...intervals].filter(([name]) => !concerned.includes(name));

    expect(others.length).toBeGreaterThanOrEqual(3);
    for (const [name, intervalMs] of others) {
      const own = runs.get(name) ?? [];
      const gaps = own.slice(1).map(({ atMs }, index) => atMs - (own[index]?.atMs ?? 0));
      expect(own.length, name).toBe(Math.floor((hourMs - (own[0]?.atMs ?? 0)) / intervalMs) + 1);
      expect(new Set(gaps), name).toEqual(new Set([intervalMs]));
      expect(
        own.filter(({ hasFailed }) => hasFailed),
        name,
      ).toEqual([]);
    }
  });

  it("those that hang are heard of as often as they are due", () => {
    for (const name of concerned) {
      const due = Math.floor(hourMs / (intervals.get(name) ?? hourMs));
      expect(runs.get(name)?.length, name).toBeGreaterThanOrEqual(due);
    }
  });

  it(kind === "silent" ? "what never came back is asked once" : "what was given up on is asked again", () => {
    for (const what of [silentMount, "smartctl"]) {
      if (kind === "silent") expect(calls.get(what), what).toBe(1);
      else expect(calls.get(what), what).toBeGreaterThan(1);
    }
  });

  it("nothing of ours fails", () => {
    expect(logger.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
  });
});

describe(`memory over ${cycles} cycles among things that hang`, () => {
  it("is flat", { timeout: 300_000 }, () => {
    const program = join(import.meta.dirname, "hanging-memory.ts");

    const output = execFileSync(process.execPath, ["--expose-gc", program, "1000", String(cycles)], { encoding: "utf8" });
    const [early, late] = output
      .trim()
      .split("\n")
      .map((line): Measured => JSON.parse(line));

    process.stdout.write(
      `heap after ${early?.cycles} cycles ${early?.heapBytes} bytes, after ${late?.cycles} ${late?.heapBytes} bytes\n`,
    );
    expect(early?.cycles).toBe(1000);
    expect(late?.cycles).toBe(cycles);
    expect((late?.heapBytes ?? 0) - (early?.heapBytes ?? 0)).toBeLessThan(flatBytes);
  });
});
