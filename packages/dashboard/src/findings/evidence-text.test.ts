import { describe, expect, it } from "vitest";
import { evidenceText } from "./evidence-text.ts";
import { nowMs } from "./test-support/findings.ts";

describe("evidenceText", () => {
  it.each<[string, number | string | boolean, readonly [string, string]]>([
    ["used_percent", 96.42, ["Used", "96.42 %"]],
    ["percentage_used", 104, ["Used", "104 %"]],
    ["available_bytes", 3 * 2 ** 30, ["Available", "3.0 GiB"]],
    ["composite_temperature_celsius", 71, ["Composite temperature", "71 °C"]],
    ["silence_seconds", 7_200, ["Silence", "2 h"]],
    ["latency_ms", 12, ["Latency", "12.0 ms"]],
    ["power_on_hours", 96, ["Power on", "96 h, 4 d"]],
    ["pending_sector_count", 12_345, ["Pending sector count", "12,345"]],
    ["is_read_only", true, ["Is read only", "yes"]],
    ["last_at", "2026-03-01T11:00:00.000Z", ["Last at", "2026-03-01 11:00:00 UTC, 1 h ago"]],
    ["model", "KINGSTON NV1", ["Model", "KINGSTON NV1"]],
  ])("says %s of %s as it is read", (name, value, expected) => {
    expect(evidenceText({ name, value }, nowMs)).toEqual(expected);
  });
});
