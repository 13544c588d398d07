/**
 * Some faults against programs as they are installed: the built agent in two halves, the built collector, a webhook. All at once, each on a machine of
 * its own, in a time that passes fifteen times as fast: rules keep their own numbers. Two of them here, all of them with NODEKEEPER_PERFORMANCES=all.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { faults } from "./corpus/index.ts";
import { missingForPerformances, type Performance, perform } from "./perform.ts";
import { openStage, type Stage } from "./stage.ts";

const missing = missingForPerformances();
const speed = 15;
/** One for each way that something comes to light: a mount, a list of disks, firmware and kernel, a driver, a process, silence. */
const names = [
  "filesystem-read-only",
  "disk-vanished",
  "pi-under-voltage",
  "gpu-off-the-bus",
  "k3s-stopped",
  "agent-silent-suddenly",
];
const few = ["disk-vanished", "agent-silent-suddenly"];
const wanted = process.env["NODEKEEPER_PERFORMANCES"] === "all" ? names : few;
const chosen = faults.filter(({ name }) => wanted.includes(name));
const timeLimitMs = 300_000;

describe.skipIf(missing !== undefined)(
  `faults of a running system${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    let stage: Stage & AsyncDisposable;
    const played = new Map<string, Promise<Performance>>();
    const lines: string[] = [];

    beforeAll(async () => {
      stage = await openStage(speed);
      for (const fault of chosen) {
        const tell = (line: string): void => void lines.push(`${fault.name}: ${line}`);
        const performance = perform(fault, { stage, nodeName: fault.name, patienceMs: 20_000, tell });
        performance.catch(() => undefined); // its own test says it
        played.set(fault.name, performance);
      }
    }, timeLimitMs);

    afterAll(async () => {
      await Promise.allSettled(played.values());
      await stage?.[Symbol.asyncDispose]();
      if (process.env["NODEKEEPER_FAULT_LINES"] !== undefined) process.stdout.write(`${lines.join("\n")}\n`);
    }, timeLimitMs);

    it.each(chosen)("$name is found and told, and over when it is mended", { timeout: timeLimitMs }, async (fault) => {
      const performance = await played.get(fault.name);

      expect(performance?.came.map((finding) => finding?.rule)).toEqual(fault.comes.map(({ rule }) => rule));
      const loud = fault.comes.filter(({ severity, because }) => severity === "high" && because === undefined);
      const told = (performance?.told ?? []).flatMap((line) => /^firing ([a-z0-9-]+):/.exec(line)?.[1] ?? []);
      // What was wrong with the machine before is told as well.
      const spokenOf = told.filter((rule) => fault.comes.some((coming) => coming.rule === rule));
      expect([...new Set(spokenOf)]).toEqual(loud.map(({ rule }) => rule));
      expect(performance?.isOver).not.toBe(false);
    });
  },
);
