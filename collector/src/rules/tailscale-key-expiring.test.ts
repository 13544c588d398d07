import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TailscaleSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { tailscaleKeyExpiring } from "./tailscale-key-expiring.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function verdicts(value: MessageInitShape<typeof TailscaleSchema>, afterMs = 0) {
  const node = machineThatSaid({ things: [{ kind: "tailscale", value: { case: "tailscale", value } }] });
  return judge(tailscaleKeyExpiring, node, afterMs);
}
const of = (...said: Parameters<typeof verdicts>) => severityIn(tailscaleKeyExpiring, verdicts(...said));
const endsIn = (ms: number) => ({ backendState: "Running", keyExpiresAtUnixMs: BigInt(startMs + ms) });

describe("feature 25: a Tailscale key that ends soon", () => {
  it.each([
    [31 * dayMs, "clear"],
    [30 * dayMs, "low"],
    [8 * dayMs, "low"],
    [7 * dayMs, "medium"],
    [25 * hourMs, "medium"],
    [24 * hourMs, "medium"],
    [-hourMs, "medium"],
  ])("in %i ms is %s", (leftMs, expected) => {
    expect(of(endsIn(leftMs))).toBe(expected);
  });

  it("is grave in its last day where the cluster talks over the tailnet, as its end would be", () => {
    const inCluster = (leftMs: number) =>
      judge(
        tailscaleKeyExpiring,
        machineThatSaid(
          { probe: "kubernetes", things: [{ kind: "k3s", value: { case: "k3s", value: { nodeAddresses: ["100.79.124.94"] } } }] },
          { things: [{ kind: "tailscale", value: { case: "tailscale", value: endsIn(leftMs) } }] },
        ),
      );

    expect(severityIn(tailscaleKeyExpiring, inCluster(24 * hourMs))).toBe("high");
    expect(severityIn(tailscaleKeyExpiring, inCluster(25 * hourMs))).toBe("medium");
  });

  it("is told with the date and the time that is left", () => {
    expect(verdicts(endsIn(6 * dayMs + 3 * hourMs))).toMatchObject([
      {
        text: "the key of this machine in the tailnet ends in 6 d 3 h",
        evidence: [{ name: "key_expires_at", value: "2026-11-28T15:00:00.000Z" }],
      },
    ]);
  });

  it("is nothing where the key never ends, or has ended, which another rule tells", () => {
    expect(of({ backendState: "Running" })).toBe("clear");
    expect(of({ ...endsIn(-dayMs), isKeyExpired: true })).toBe("clear");
    expect(of({ ...endsIn(dayMs), backendState: "NeedsLogin" })).toBe("clear");
  });

  it("is not concluded from what is old", () => {
    expect(of(endsIn(dayMs), hourMs)).toBe("hold");
  });
});
