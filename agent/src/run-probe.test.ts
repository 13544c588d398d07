import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { completeList } from "./payload.ts";
import { defineProbe, type Probe } from "./probe.ts";
import { TreeHost } from "./probes/test-support/tree-host.ts";
import { type ProbeRunContext, runProbe } from "./run-probe.ts";

const payload = { subjects: [], lists: [completeList("sensor")], samples: [] };

function probe(parts: Partial<Probe>): Probe {
  return defineProbe({
    name: "example",
    title: "an example",
    intervalMs: 60_000,
    minimumIntervalMs: 60_000,
    maximumIntervalMs: 60_000,
    timeoutMs: 2_000,
    needs: { paths: [], commands: [], root: false },
    read: async () => undefined,
    parse: () => payload,
    ...parts,
  });
}

function context(clock: FakeClock = new FakeClock(), signal = new AbortController().signal): ProbeRunContext {
  return { host: new TreeHost(), clock, signal };
}

describe("runProbe", () => {
  it("gives what was parsed, and how long it took", async () => {
    const clock = new FakeClock();
    const read = async (): Promise<string> => {
      await clock.sleep(150, new AbortController().signal);
      return "raw";
    };
    const parse = (raw: unknown) => (raw === "raw" ? payload : undefined);

    const run = runProbe(probe({ read, parse }), context(clock));
    await clock.advance(150);

    await expect(run).resolves.toEqual({ outcome: "ok", payload, durationMs: 150 });
    expect(clock.sleeperCount).toBe(0);
  });

  it("is absent when there is nothing to parse", async () => {
    await expect(runProbe(probe({ parse: () => undefined }), context())).resolves.toMatchObject({ outcome: "absent" });
  });

  it.each([
    ["read", new AppError("HOST_PERMISSION_DENIED", "no"), "HOST_PERMISSION_DENIED"],
    ["parse", new AppError("HOST_ANSWER_MALFORMED", "what"), "HOST_ANSWER_MALFORMED"],
    ["parse", new TypeError("a bug"), "INTERNAL"],
  ] as const)("has failed when %s throws", async (step, thrown, code) => {
    const fail = (): never => {
      throw thrown;
    };

    const run = await runProbe(probe({ [step]: fail }), context());

    expect(run).toMatchObject({ outcome: "failed", error: { code, message: thrown.message } });
  });

  it("has failed at its time when a read never comes back, and tells the read that it is not wanted", async () => {
    const clock = new FakeClock();
    let reason: unknown;
    const read = (_: unknown, signal: AbortSignal): Promise<never> =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          reason = signal.reason;
        });
      });

    const run = runProbe(probe({ read }), context(clock));
    await clock.advance(2_000);

    await expect(run).resolves.toMatchObject({
      outcome: "failed",
      durationMs: 2_000,
      error: { code: "PROBE_TIMEOUT", message: "the probe example did not end within 2 s" },
    });
    expect(reason).toMatchObject({ code: "PROBE_TIMEOUT" });
  });

  it("has failed when it is aborted, before or during the read", async () => {
    const controller = new AbortController();
    const during = runProbe(probe({ read: () => new Promise(() => undefined) }), context(new FakeClock(), controller.signal));

    controller.abort();

    await expect(during).resolves.toMatchObject({ outcome: "failed", error: { code: "ABORTED" } });
    const before = runProbe(probe({ read: () => new Promise(() => undefined) }), context(new FakeClock(), AbortSignal.abort()));
    await expect(before).resolves.toMatchObject({ outcome: "failed", error: { code: "ABORTED" } });
  });
});
