import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { runDoctor } from "./doctor.ts";
import { defineProbe, type Probe } from "./probe.ts";
import { TreeHost } from "./probes/test-support/tree-host.ts";

function probe(name: string, parts: Partial<Probe>): Probe {
  return defineProbe({
    name,
    title: `reads ${name}`,
    intervalMs: 60_000,
    minimumIntervalMs: 60_000,
    maximumIntervalMs: 60_000,
    timeoutMs: 2_000,
    needs: { paths: [`/${name}`], commands: [], root: true },
    read: async () => undefined,
    parse: () => ({ subjects: [], lists: [], samples: [] }),
    ...parts,
  });
}

const refuse = async (): Promise<never> => {
  throw new AppError("HOST_PERMISSION_DENIED", "cannot read /x: permission denied");
};

describe("feature 85: one look at a machine without any collector: runDoctor", () => {
  it("runs every probe at the same time and gives what each found, in their order", async () => {
    const clock = new FakeClock();
    const slow = async (): Promise<void> => clock.sleep(1_000, new AbortController().signal);
    const probes = [
      probe("fine", { read: slow }),
      probe("absent", { read: slow, parse: () => undefined }),
      probe("refused", { read: refuse }),
      probe("hung", { read: () => new Promise(() => undefined) }),
    ];

    const running = runDoctor({ host: new TreeHost(), probes, clock, signal: new AbortController().signal });
    await clock.advance(2_000);

    await expect(running).resolves.toEqual([
      expect.objectContaining({
        probe: "fine",
        title: "reads fine",
        outcome: "ok",
        durationMs: 1_000,
        payload: { subjects: [], lists: [], samples: [] },
      }),
      {
        probe: "absent",
        title: "reads absent",
        needs: { paths: ["/absent"], commands: [], root: true },
        outcome: "absent",
        durationMs: 1_000,
      },
      expect.objectContaining({
        outcome: "failed",
        failure: { code: "HOST_PERMISSION_DENIED", message: "cannot read /x: permission denied" },
      }),
      expect.objectContaining({
        outcome: "failed",
        failure: { code: "PROBE_TIMEOUT", message: "the probe hung did not end within 2 s" },
      }),
    ]);
  });

  it("gives no half results when it is aborted", async () => {
    const controller = new AbortController();
    const probes = [probe("hung", { read: () => new Promise(() => undefined) })];
    const running = runDoctor({ host: new TreeHost(), probes, clock: new FakeClock(), signal: controller.signal });

    controller.abort();

    await expect(running).rejects.toMatchObject({ code: "ABORTED" });
  });
});
