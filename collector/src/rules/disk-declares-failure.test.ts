import { HealthStatus } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { type HealthInit, judgeDisk, outcomeOf } from "../test-support/judge-disk.ts";
import { diskDeclaresFailure } from "./disk-declares-failure.ts";

const passed = { status: HealthStatus.PASSED };

function attribute(whenFailed: string, isPrefailure: boolean, name = "Reallocated_Sector_Ct"): HealthInit {
  return {
    ...passed,
    ataAttributes: [{ id: 5, name, whenFailed, isPrefailure, normalizedValue: 1, threshold: 36, rawText: "4080" }],
  };
}

describe("feature 33: an ATA or SCSI disk's own word is taken at once", () => {
  it.each<{ name: string; health: HealthInit; expected: string }>([
    { name: "whose verdict is FAILED", health: { status: HealthStatus.FAILED, protocol: "SCSI" }, expected: "high" },
    { name: "whose verdict is PASSED", health: passed, expected: "clear" },
    { name: "that gives no verdict", health: {}, expected: "hold" },
    { name: "with a pre-failure attribute at its threshold", health: attribute("now", true), expected: "high" },
    { name: "with an old-age attribute at its threshold", health: attribute("now", false), expected: "medium" },
    { name: "that is hot by an attribute", health: attribute("now", false, "Airflow_Temperature_Cel"), expected: "low" },
    { name: "with an attribute that was there in the past", health: attribute("past", true), expected: "clear" },
    { name: "of NVMe, which says it otherwise", health: { status: HealthStatus.FAILED, nvme: {} }, expected: "clear" },
  ])("says $expected of a disk $name", ({ health, expected }) => {
    expect(outcomeOf(diskDeclaresFailure, health)).toBe(expected);
  });

  it("fires at once, names the attribute and shows its numbers", () => {
    expect(judgeDisk(diskDeclaresFailure, { ...attribute("now", true), messages: ["Warning: DISK FAILING"] })).toMatchObject({
      isDeclared: true,
      text: "A disk (/dev/sda): attribute 5 (Reallocated_Sector_Ct) is at its threshold",
      evidence: [
        { name: "status", value: "PASSED" },
        { name: "attribute_5", value: "Reallocated_Sector_Ct 1, threshold 36, raw 4080" },
        { name: "smartctl_messages", value: "Warning: DISK FAILING" },
      ],
    });
    expect(diskDeclaresFailure.clearMs).toBe(86_400_000);
  });

  it("concludes nothing from what is old or could not be read", () => {
    const failing = { status: HealthStatus.FAILED };

    expect(outcomeOf(diskDeclaresFailure, failing, { ageMs: 3_600_000 })).toBe("hold");
    expect(outcomeOf(diskDeclaresFailure, failing, { after: "failed" })).toBe("hold");
    expect(outcomeOf(diskDeclaresFailure, failing, { after: "absent" })).toBe("clear");
  });
});
