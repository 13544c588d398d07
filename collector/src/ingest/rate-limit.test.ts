import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createRateLimit } from "./rate-limit.ts";

const each = { burst: 3, perMinute: 6 };
const together = { burst: 5, perMinute: 60 };

function taken(limit: ReturnType<typeof createRateLimit>, address: string, times: number): number {
  return Array.from({ length: times }, () => limit.take(address)).filter(Boolean).length;
}

describe("rate limit", () => {
  it("gives an address its burst, then as often as its rate says", async () => {
    const clock = new FakeClock();
    const limit = createRateLimit(clock, each, together);

    const burst = taken(limit, "10.0.0.1", 10);
    await clock.advance(20_000);
    const later = taken(limit, "10.0.0.1", 10);

    expect([burst, later]).toEqual([3, 2]);
  });

  it("gives all of them together no more than their own burst", () => {
    const limit = createRateLimit(new FakeClock(), each, together);

    expect(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => taken(limit, address, 3))).toEqual([3, 2, 0]);
  });

  it.each([
    { name: "one network of IPv6", addresses: ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2"], expected: 3 },
    { name: "one network, written shorter", addresses: ["2001:db8::1", "2001:db8:0:0:5::2"], expected: 3 },
    { name: "two networks of IPv6", addresses: ["2001:db8:0:1::1", "2001:db8:0:2::1"], expected: 5 },
    { name: "two addresses of IPv4 in IPv6", addresses: ["::ffff:10.0.0.1", "::ffff:10.0.0.2"], expected: 5 },
  ])("counts $name", ({ addresses, expected }) => {
    const limit = createRateLimit(new FakeClock(), each, together);

    const counts = addresses.map((address) => taken(limit, address, 3));

    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(expected);
  });
});
