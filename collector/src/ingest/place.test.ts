import { describe, expect, it } from "vitest";
import { clockSkewMs, placeObservation, type ReportClocks } from "./place.ts";

const hourMs = 3_600_000;
const receivedAtMs = Date.UTC(2026, 10, 22, 12);
const right: ReportClocks = { sentAtUnixMs: BigInt(receivedAtMs), sentUptimeMs: BigInt(10 * hourMs), receivedAtMs };

function observedAt(
  ago: { readonly uptimeMs?: number; readonly wallMs?: number; readonly isFromEarlierBoot?: boolean },
  clocks = right,
) {
  return placeObservation(
    {
      observedAtUnixMs: clocks.sentAtUnixMs - BigInt(ago.wallMs ?? 0),
      uptimeMs: clocks.sentUptimeMs - BigInt(ago.uptimeMs ?? 0),
      isFromEarlierBoot: ago.isFromEarlierBoot ?? false,
    },
    clocks,
  );
}

describe("placeObservation", () => {
  it.each([
    { name: "goes by uptime", ago: { uptimeMs: hourMs, wallMs: hourMs }, expected: hourMs },
    {
      name: "goes by uptime though the wall clock was set since",
      ago: { uptimeMs: hourMs, wallMs: -5 * hourMs },
      expected: hourMs,
    },
    {
      name: "goes by the wall clock for an earlier boot",
      ago: { uptimeMs: -hourMs, wallMs: 2 * hourMs, isFromEarlierBoot: true },
      expected: 2 * hourMs,
    },
    { name: "puts a little future into the present", ago: { uptimeMs: -1_000 }, expected: 0 },
    { name: "places nothing far in the future", ago: { uptimeMs: -hourMs }, expected: undefined },
    {
      name: "places nothing older than any spool",
      ago: { wallMs: 91 * 24 * hourMs, isFromEarlierBoot: true },
      expected: undefined,
    },
  ])("$name", ({ ago, expected }) => {
    expect(observedAt(ago)).toBe(expected === undefined ? undefined : receivedAtMs - expected);
  });

  it("goes by the wall clock where the report does not say the uptime", () => {
    const clocks = { ...right, sentUptimeMs: 0n };

    expect(placeObservation({ observedAtUnixMs: right.sentAtUnixMs - 7n, uptimeMs: 5n, isFromEarlierBoot: false }, clocks)).toBe(
      receivedAtMs - 7,
    );
  });

  it("places nothing of a boot before the clock was set", () => {
    const of1970 = { observedAtUnixMs: 90_000n, uptimeMs: 90_000n, isFromEarlierBoot: true };

    expect(placeObservation(of1970, right)).toBeUndefined();
  });
});

describe("clockSkewMs", () => {
  it("is what the node's clock is ahead, and unknown where the report does not say or the time is none", () => {
    expect(clockSkewMs({ ...right, sentAtUnixMs: right.sentAtUnixMs + 1_500n })).toBe(1_500);
    expect(clockSkewMs({ ...right, sentAtUnixMs: 0n })).toBeUndefined();
    expect(clockSkewMs({ ...right, sentAtUnixMs: 2n ** 62n })).toBeUndefined();
  });
});
