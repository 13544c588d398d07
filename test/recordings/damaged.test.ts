/**
 * The kept host and recorded files of /proc with bytes changed, cut off and repeated: the probes system, time, network and sensors say what a
 * collector takes, or fail with a code; they never crash, and never take long.
 */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openHost } from "../../agent/src/doctor.ts";
import type { Probe } from "../../agent/src/probe.ts";
import { network } from "../../agent/src/probes/network.ts";
import { sensors } from "../../agent/src/probes/sensors.ts";
import { system } from "../../agent/src/probes/system.ts";
import { runOnce } from "../../agent/src/probes/test-support/payload-view.ts";
import { missingForRecordings, recordings } from "../../agent/src/probes/test-support/recordings.ts";
import { time } from "../../agent/src/probes/time.ts";
import { AppError, systemClock } from "../../packages/shared/src/index.ts";
import { SnapshotHost } from "../support/snapshot-host.ts";
import { damage, damaged } from "./damage.ts";
import { expectAccepted } from "./expect-accepted.ts";

const root = join(import.meta.dirname, "../fixtures/hosts/bobcat");
const probes: readonly Probe[] = [system, time, network, sensors];
/** A run on files in memory takes some milliseconds; a busy machine may make it longer, a parser that backtracks makes it minutes. */
const limitMs = 15_000;
const missing = missingForRecordings();

async function snapshot(): Promise<SnapshotHost> {
  const host = new SnapshotHost(await openHost(root, systemClock));
  for (const probe of probes) await runOnce(probe, host);
  return host;
}

async function expectBearable(host: SnapshotHost): Promise<void> {
  for (const probe of probes) {
    const startedAtMs = systemClock.monotonicMs();
    try {
      const payload = await runOnce(probe, host);
      if (payload !== undefined) expectAccepted(payload);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      expect(thrown.code).toMatch(/^HOST_/);
    }
    expect(systemClock.monotonicMs() - startedAtMs).toBeLessThan(limitMs);
  }
}

describe("damaged files", () => {
  it("of a kept host are read within their ranges, or fail with a code", { timeout: 120_000 }, async () => {
    const host = await snapshot();
    const texts = await Promise.all([...host.texts].map(async ([path, text]) => [path, await text.catch(() => "")] as const));

    expect(texts.length).toBeGreaterThan(80);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...texts), damage, async ([path, text], how) => {
        host.change({ kind: "text", path, text: damaged(text, how) });
        await expectBearable(host);
      }),
      { numRuns: 1_000 },
    );
  });

  it.skipIf(missing !== undefined)(
    `of /proc, too${missing === undefined ? "" : ` (skipped: ${missing})`}`,
    { timeout: 120_000 },
    async () => {
      const host = await snapshot();
      const files = recordings("proc", ".txt").flatMap(({ name, text }) => {
        const path = [...host.texts.keys()].find(
          (each) => each.startsWith("/proc/") && name.includes(`_${each.slice(6).replaceAll("/", "_")}`),
        );
        return path === undefined ? [] : [{ path, text }];
      });

      expect(files.length).toBeGreaterThan(10);
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...files), damage, async ({ path, text }, how) => {
          host.change({ kind: "text", path, text: damaged(text, { ...how, repeat: Math.min(how.repeat, 2) }) });
          await expectBearable(host);
        }),
        { numRuns: 500 },
      );
    },
  );
});
