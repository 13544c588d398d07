import { GpuPower, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn, type Thing } from "../test-support/judge-machine.ts";
import { gpuUnavailable } from "./gpu-unavailable.ts";

const hourMs = 3_600_000;
const id = "0000:01:00.0";

function gpu(value: object = {}, more: Partial<Thing> = {}): Thing {
  return {
    ...{ kind: "gpu", id },
    value: { case: "gpu", value: { vendor: "nvidia", productName: "A GPU", power: GpuPower.AWAKE, ...value } },
    ...more,
  };
}

function status(failure?: string): Thing {
  return failure === undefined
    ? { kind: "gpu_status", id, value: { case: "gpuStatus", value: {} } }
    : { kind: "gpu_status", id, failure };
}

const said = (...things: readonly Thing[]): Said => ({ things, whole: ["gpu", "gpu_status"] });
const of = (...told: readonly Said[]) => severityIn(gpuUnavailable, judge(gpuUnavailable, machineThatSaid(...told)));

describe("feature 49: a GPU that is gone, without a driver, and one of which the agent cannot tell", () => {
  it.each([
    ["GPU_LOST", "high", "A GPU (0000:01:00.0): it has fallen off the bus and does not answer"],
    ["GPU_DRIVER_MISMATCH", "medium", expect.stringContaining("waits for a restart of the machine")],
    ["GPU_DRIVER_MISSING", "low", expect.stringContaining("no driver that computes")],
    ["GPU_PERMISSION_DENIED", "low", expect.stringContaining("the agent may not ask its driver")],
  ])("tells %s from the others, with its own words and severity %s", (code, severity, text) => {
    const [verdict] = judge(gpuUnavailable, machineThatSaid(said(gpu(), status(code))));

    expect(verdict).toMatchObject({ kind: "raise", severity, text, isDeclared: code === "GPU_LOST" });
    expect(verdict?.kind === "raise" && verdict.evidence.map(({ value }) => value)).toEqual([code, `${code} it is.`]);
  });

  it("tells of one that is not in the machine any more, and forgets it after a day", () => {
    const gone = [said(gpu(), status()), { ...said(), atMs: Date.UTC(2026, 10, 22, 12, 1) }] as const;
    const later = { ...said(), atMs: Date.UTC(2026, 10, 23, 13) };

    expect(judge(gpuUnavailable, machineThatSaid(...gone), 60_000)).toMatchObject([
      { severity: "medium", text: "A GPU (0000:01:00.0): it is not in the machine any more" },
    ]);
    expect(judge(gpuUnavailable, machineThatSaid(...gone, later), 25 * hourMs)).toEqual([]);
  });

  it("knows one that was never seen but as lost", () => {
    expect(of(said({ kind: "gpu", id, failure: "GPU_LOST" }, status("GPU_LOST")))).toBe("high");
  });

  it("leaves alone what sleeps, what draws, what is in the processor and what nobody can ask", () => {
    expect(of(said(gpu({ power: GpuPower.ASLEEP }), status()))).toBe("clear");
    expect(of(said(gpu({ vendor: "virtual" }), status("GPU_DRIVER_MISSING")))).toBeUndefined();
    expect(of(said(gpu({ isIntegrated: true }), status("GPU_DRIVER_MISSING")))).toBeUndefined();
    expect(of(said(gpu({}), { kind: "gpu_status", id, outcome: Outcome.ABSENT }))).toBe("clear");
  });

  it("leaves alone what is set aside for a virtual machine, as its owner wants it", () => {
    expect(of(said(gpu({ driver: "vfio-pci" }), status("GPU_DRIVER_MISSING")))).toBe("clear");
    expect(of(said(gpu({ driver: "nouveau" }), status("GPU_DRIVER_MISSING")))).toBe("low");
  });

  it("concludes nothing from silence and from other failures", () => {
    const node = machineThatSaid(said(gpu(), status("GPU_LOST")));

    expect(severityIn(gpuUnavailable, judge(gpuUnavailable, node, hourMs))).toBe("hold");
    expect(of(said(gpu(), status("GPU_READ_FAILED")))).toBe("hold");
    expect(of(said(gpu({}, { failure: "HOST_READ_FAILED" }), status()))).toBe("hold");
  });

  it("ends by itself when the driver answers again", () => {
    expect(of(said(gpu(), status("GPU_DRIVER_MISMATCH")), said(gpu(), status()))).toBe("clear");
  });
});
