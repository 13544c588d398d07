import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn } from "../test-support/judge-machine.ts";
import { gpuHotForLong } from "./gpu-hot-for-long.ts";

function of(samples: Readonly<Record<string, number>>): string | undefined {
  const value = { case: "gpuStatus", value: {} } as const;
  return severityIn(gpuHotForLong, judge(gpuHotForLong, machineThatSaid({ things: [{ kind: "gpu_status", value, samples }] })));
}

describe("gpuHotForLong", () => {
  it("says quietly what the driver does against heat, and nothing of what the hardware does", () => {
    expect(of({ is_limited_by_software_thermal: 1 })).toBe("low");
    expect(of({ is_limited_by_software_thermal: 0, is_limited_by_hardware_thermal: 1 })).toBe("clear");
    expect(of({ is_limited_by_hardware_thermal: 1 })).toBe("hold");
  });

  it("waits for half an hour", () => {
    expect(gpuHotForLong.holdMs).toBe(30 * 60_000);
  });
});
