import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { machineThatSaid, type Said } from "../../test-support/judge-machine.ts";
import { aFinding } from "../../test-support/rules.ts";
import { startMs } from "../../test-support/states.ts";
import { noGpus, toldAbsent, toldGpu } from "../test-support/told-machine.ts";
import { findingsOf, worldOf } from "../test-support/world-of.ts";
import type { Judgement } from "./condition.ts";
import { gpuHealthy } from "./gpu-healthy.ts";

const holdMs = 5 * 60_000;

/** What it says of a machine that says the same for five minutes, by the real rules. */
function judge(said: Said, before: readonly Said[] = []): Judgement {
  const node = machineThatSaid(...before, said, { ...said, atMs: startMs + holdMs });
  return gpuHealthy.judge(worldOf({ node, findings: findingsOf(node, 0, holdMs), afterMs: holdMs }), "neko");
}

describe("GPUHealthy", () => {
  it("is True of a GPU that can be used", () => {
    expect(judge(toldGpu({}))).toMatchObject({ status: "True" });
  });

  it("is False at once of a GPU that has fallen off the bus", () => {
    const node = machineThatSaid(toldGpu({}, "GPU_LOST"));

    expect(gpuHealthy.judge(worldOf({ node, findings: findingsOf(node) }), "neko")).toMatchObject({
      ...{ status: "False", reason: "GpuUnavailable", message: expect.stringContaining("RTX 3050 Ti") },
    });
  });

  it("is False of a driver whose parts do not fit, and held until that has lasted", () => {
    const node = machineThatSaid(toldGpu({}, "GPU_DRIVER_MISMATCH"));

    expect(gpuHealthy.judge(worldOf({ node, findings: findingsOf(node) }), "neko")).toMatchObject({ kind: "hold" });
    expect(judge(toldGpu({}, "GPU_DRIVER_MISMATCH"))).toMatchObject({ status: "False", reason: "GpuUnavailable" });
  });

  it.each(["GPU_DRIVER_MISSING", "GPU_PERMISSION_DENIED"])("is Unknown where nobody can ask it: %s", (failure) => {
    expect(judge(toldGpu({}, failure))).toMatchObject({ status: "Unknown", reason: "NotUsable" });
  });

  it("is False of one that is gone, for as long as it is missed", () => {
    expect(judge(noGpus, [toldGpu({})])).toMatchObject({ status: "False", reason: "GpuUnavailable" });
  });

  it.each([
    { name: "no GPU at all", said: toldAbsent("gpu") },
    { name: "an empty list", said: noGpus },
    { name: "one that only draws", said: toldGpu({ vendor: "intel", isIntegrated: true, driver: "i915" }) },
    { name: "one that is lent to a virtual machine", said: toldGpu({ driver: "vfio-pci" }) },
  ])("is absent of a machine with $name", ({ said }) => {
    expect(judge(said)).toMatchObject({ kind: "absent", text: "it has no GPU that can compute" });
  });

  it("is not absent while the list of GPUs is not whole", () => {
    expect(judge({ probe: "gpu", outcome: Outcome.OK, things: [] })).toMatchObject({ kind: "hold" });
  });

  it("counts no Xid in what it says", () => {
    const findings = [aFinding({ rule: "gpu-xid", text: "RTX 3050 Ti: a fault, 7 times" })];
    const node = machineThatSaid(toldGpu({}));

    expect(gpuHealthy.judge(worldOf({ node, findings }), "neko")).toMatchObject({
      ...{ status: "False", reason: "GpuXid", message: "RTX 3050 Ti: its driver tells of a fault" },
    });
  });
});
