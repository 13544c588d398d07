import type { MessageInitShape } from "@bufbuild/protobuf";
import { Outcome, type TailscaleSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn } from "../test-support/judge-machine.ts";
import { probeFailing } from "./probe-failing.ts";
import { tailscaleDown } from "./tailscale-down.ts";

const running = { backendState: "Running", isOnline: true, isKeyExpired: false };

function said(value: MessageInitShape<typeof TailscaleSchema>): Said {
  return { probe: "tailscale", things: [{ kind: "tailscale", value: { case: "tailscale", value } }] };
}

function failed(failure: string): Said {
  return { probe: "tailscale", outcome: Outcome.FAILED, failure };
}

function k3s(...nodeAddresses: readonly string[]): Said {
  return { probe: "kubernetes", things: [{ kind: "k3s", value: { case: "k3s", value: { nodeAddresses: [...nodeAddresses] } } }] };
}

const of = (...told: readonly Said[]) => severityIn(tailscaleDown, judge(tailscaleDown, machineThatSaid(...told)));

describe("feature 25: a machine that is not in its tailnet", () => {
  it.each([
    ["Running", "clear"],
    ["Stopped", "low"],
    ["NeedsLogin", "medium"],
    ["NeedsMachineAuth", "medium"],
    ["NoState", "medium"],
    ["Starting", "medium"],
    ["InUseOtherUser", "low"],
    ["SomethingNew", "clear"],
  ])("in the state %s is %s", (backendState, expected) => {
    expect(of(said({ ...running, backendState }))).toBe(expected);
  });

  it("is told by its expired key, and by a daemon that does not answer, which is then no failing probe besides", () => {
    expect(of(said({ ...running, isKeyExpired: true }))).toBe("medium");
    expect(of(failed("PEER_UNREACHABLE"))).toBe("medium");
    expect(judge(probeFailing, machineThatSaid(failed("PEER_UNREACHABLE")))).toMatchObject([{ kind: "clear" }]);
    expect(judge(probeFailing, machineThatSaid(failed("HOST_PERMISSION_DENIED")))).toMatchObject([{ kind: "raise" }]);
  });

  it("is told quietly where only the control plane is out of reach", () => {
    expect(of(said({ ...running, isOnline: false }))).toBe("low");
  });

  it("is loud where the node's cluster talks over the tailnet", () => {
    const [verdict] = judge(tailscaleDown, machineThatSaid(k3s("100.79.124.94"), said({ ...running, backendState: "Stopped" })));

    expect(verdict).toMatchObject({
      severity: "high",
      text: "Tailscale is stopped, and with it the node is cut off from its cluster",
    });
    expect(of(k3s("192.168.1.7", "100.128.0.1"), said({ ...running, backendState: "Stopped" }))).toBe("low");
    expect(of(k3s("fd7a:115c:a1e0::7"), said({ ...running, isKeyExpired: true }))).toBe("high");
    expect(of(k3s("100.79.124.94"), said({ ...running, isOnline: false }))).toBe("low");
  });

  it("ends when it runs again, and when it is no longer installed", () => {
    expect(of(said({ ...running, backendState: "NeedsLogin" }), said(running))).toBe("clear");
    expect(of(failed("PEER_UNREACHABLE"), { probe: "tailscale", outcome: Outcome.ABSENT })).toBe("clear");
  });

  it("is not concluded from silence, from a refusal, and where there never was one", () => {
    expect(
      severityIn(tailscaleDown, judge(tailscaleDown, machineThatSaid(said({ ...running, backendState: "Stopped" })), 3_600_000)),
    ).toBe("hold");
    expect(of(said(running), failed("HOST_PERMISSION_DENIED"))).toBe("hold");
    expect(of(k3s())).toBeUndefined();
  });
});
