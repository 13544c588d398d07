import { describe, expect, it } from "vitest";
import { healthMessages, steadyWords } from "./health-messages.ts";

describe("healthMessages", () => {
  it("are few, sorted and each there once, whatever the daemon gives", () => {
    const many = Array.from({ length: 40 }, (_, index) => `trouble ${99 - index}`);

    expect(healthMessages(["b", "a", "b", 5, null, " "], "")).toEqual(["a", "b"]);
    expect(healthMessages(many, "")).toHaveLength(16);
    expect(healthMessages(null, null)).toEqual([]);
  });

  it("hold no address at which somebody could log in", () => {
    const address = "https://control.example/x/secret";

    expect(healthMessages([`log in at ${address}`], address)).toEqual(["log in at (address left out)"]);
  });
});

describe("steadyWords", () => {
  it.each([
    ["no answer in 2m10s", "no answer in a while"],
    ["no answer in 1h0m3.5s, again", "no answer in a while, again"],
    ["read tcp 192.0.2.1:51234->192.0.2.2:443: i/o timeout", "read tcp 192.0.2.1->192.0.2.2:443: i/o timeout"],
    ["read tcp [fd7a::1]:51234->[fd7a::2]:443: refused", "read tcp [fd7a::1]->[fd7a::2]:443: refused"],
    ["visit https://login.tailscale.com/a/0f3c now", "visit (address left out) now"],
    ["see https://tailscale.com/s/dns-fight", "see https://tailscale.com/s/dns-fight"],
    ["an update from version 1.98.8 to 1.102.4", "an update from version 1.98.8 to 1.102.4"],
  ])("makes of %s: %s", (message, expected) => {
    expect(steadyWords(message, 512)).toBe(expected);
  });
});
