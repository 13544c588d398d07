import { describe, expect, it } from "vitest";
import { judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { nvmeSpareLow } from "./nvme-spare-low.ts";

function spare(availableSparePercent: number, availableSpareThresholdPercent: number, criticalWarning = 0) {
  return { nvme: { availableSparePercent, availableSpareThresholdPercent, criticalWarning } };
}

describe("feature 29: spare blocks are judged by the disk's own threshold before its warning bit is set", () => {
  it.each<{ name: string; spare: number; threshold: number; expected: string }>([
    { name: "far from the threshold", spare: 100, threshold: 10, expected: "clear" },
    { name: "just far enough", spare: 21, threshold: 10, expected: "clear" },
    { name: "close to it", spare: 20, threshold: 10, expected: "medium" },
    { name: "at it", spare: 10, threshold: 10, expected: "medium" },
    { name: "below it", spare: 9, threshold: 10, expected: "high" },
    { name: "untouched, with a threshold of 99", spare: 100, threshold: 99, expected: "clear" },
    { name: "without any threshold", spare: 5, threshold: 0, expected: "medium" },
  ])("says $expected $name", ({ spare: percent, threshold, expected }) => {
    expect(outcomeOf(nvmeSpareLow, spare(percent, threshold))).toBe(expected);
  });

  it("leaves it to the disk's own warning where that is set, and takes nothing back for it", () => {
    expect(outcomeOf(nvmeSpareLow, spare(3, 10, 0b1))).toBe("clear");
    expect(outcomeOf(nvmeSpareLow, spare(3, 10, 0b1), { firing: {} })).toBe("high");
  });

  it("says what is left, in words and numbers", () => {
    expect(judgeDisk(nvmeSpareLow, spare(15, 10))).toMatchObject({
      text: "A disk (/dev/sda): its spare blocks come close to its own threshold",
      evidence: [
        { name: "available_spare_percent", value: 15 },
        { name: "available_spare_threshold_percent", value: 10 },
      ],
    });
  });

  it("concludes nothing where the numbers are unknown, old or could not be read, and is content with a disk that is gone", () => {
    expect(outcomeOf(nvmeSpareLow, { nvme: { availableSparePercent: 5 } })).toBe("hold");
    expect(outcomeOf(nvmeSpareLow, {})).toBe("hold");
    expect(outcomeOf(nvmeSpareLow, spare(5, 10), { ageMs: 3_600_000 })).toBe("hold");
    expect(outcomeOf(nvmeSpareLow, spare(5, 10), { after: "failed" })).toBe("hold");
    expect(outcomeOf(nvmeSpareLow, spare(5, 10), { after: "absent" })).toBe("clear");
  });
});
