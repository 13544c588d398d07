import type { MessageInitShape } from "@bufbuild/protobuf";
import type { GpuStatusSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn } from "../test-support/judge-machine.ts";
import { gpuMemoryErrors } from "./gpu-memory-errors.ts";

type StatusInit = MessageInitShape<typeof GpuStatusSchema>;

function nodeWith(value: StatusInit, samples: Readonly<Record<string, number>> = {}, readBeforeMs = 0) {
  const told = { productName: "A GPU", ...value };
  return machineThatSaid({
    things: [{ kind: "gpu_status", id: "0000:01:00.0", value: { case: "gpuStatus", value: told }, samples, readBeforeMs }],
  });
}
const of = (...said: Parameters<typeof nodeWith>) => severityIn(gpuMemoryErrors, judge(gpuMemoryErrors, nodeWith(...said)));

describe("feature 48: ECC, retired pages, row remapping and the driver's recovery action", () => {
  it.each<{ name: string; value: StatusInit; samples?: Readonly<Record<string, number>>; expected: string }>([
    { name: "one that tells nothing", value: {}, expected: "clear" },
    {
      name: "one that corrected errors",
      value: { remappedRowsCorrectedCount: 3 },
      samples: { ecc_corrected_errors_total: 9 },
      expected: "clear",
    },
    { name: "errors of its past", value: {}, samples: { ecc_lifetime_uncorrected_errors_total: 4 }, expected: "clear" },
    { name: "errors since the driver was loaded", value: {}, samples: { ecc_uncorrected_errors_total: 1 }, expected: "medium" },
    { name: "a row that waits", value: { isRowRemapPending: true }, expected: "medium" },
    { name: "a page that waits", value: { isPageRetirementPending: true }, expected: "medium" },
    { name: "no rows left", value: { hasRowRemapFailed: true, isRowRemapPending: true }, expected: "high" },
    { name: "a reset that is asked for", value: { recoveryAction: "gpu-reset" }, expected: "medium" },
    { name: "nothing that is asked for", value: { recoveryAction: "none" }, expected: "clear" },
  ])("says $expected of $name", ({ value, samples, expected }) => {
    expect(of(value, samples)).toBe(expected);
  });

  it("says everything at once, and what to do about the worst", () => {
    expect(judge(gpuMemoryErrors, nodeWith({ hasRowRemapFailed: true, recoveryAction: "node-reboot" }))).toMatchObject([
      {
        isDeclared: true,
        text: "A GPU (0000:01:00.0): a faulty row of its memory could not be replaced; its driver asks for a restart of the machine",
        action: "Have the GPU replaced: it has no spare rows left.",
      },
    ]);
  });

  it("stands while the GPU sleeps, and holds what is old", () => {
    expect(of({ hasRowRemapFailed: true }, {}, 3_600_000)).toBe("high");
    expect(severityIn(gpuMemoryErrors, judge(gpuMemoryErrors, nodeWith({}), 3_600_000))).toBe("hold");
  });

  it("counts one error as one", () => {
    expect(judge(gpuMemoryErrors, nodeWith({}, { ecc_uncorrected_errors_total: 1 }))).toMatchObject([
      { text: expect.stringContaining(" 1 error of its memory could not be corrected") },
    ]);
  });
});
