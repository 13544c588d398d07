import type { SubjectBody } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { errorCounters } from "./error-counters.ts";

function health(value: Record<string, unknown>): SubjectBody {
  return { kind: "disk_health", id: "sda", probe: "smart", outcome: "ok", freshness: "fresh", samples: {}, value };
}

describe("errorCounters", () => {
  it.each([
    [{ nvme: { mediaAndDataIntegrityErrors: 3 } }, true, ""],
    [
      { ata: { reallocatedSectorCount: 8, commandTimeoutCount: 2, interfaceCrcErrors: 1_200 } },
      true,
      "2 command timeouts, 1,200 CRC errors",
    ],
    [{ nvme: { mediaAndDataIntegrityErrors: 0 } }, false, ""],
    [{ device: "/dev/sda" }, false, ""],
  ])("reads %o", (value, isAny, text) => {
    expect(errorCounters(health(value))).toEqual({ isAny, text });
  });
});
