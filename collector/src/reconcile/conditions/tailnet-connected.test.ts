import { describe, expect, it } from "vitest";
import { machineThatSaid, type Said } from "../../test-support/judge-machine.ts";
import { startMs } from "../../test-support/states.ts";
import { toldAbsent, toldFailure, toldTailscale } from "../test-support/told-machine.ts";
import { findingsOf, worldOf } from "../test-support/world-of.ts";
import type { Judgement } from "./condition.ts";
import { tailnetConnected } from "./tailnet-connected.ts";

const holdMs = 3 * 60_000;

/** What it says of a machine that says the same for three minutes, by the real rules. */
function judge(said: Said, afterMs: number = holdMs): Judgement {
  const node = machineThatSaid(said, { ...said, atMs: startMs + afterMs });
  return tailnetConnected.judge(worldOf({ node, findings: findingsOf(node, 0, afterMs), afterMs }), "neko");
}

describe("TailnetConnected", () => {
  it("is True of a node in its tailnet", () => {
    expect(judge(toldTailscale("Running"))).toMatchObject({ status: "True", reason: "Connected" });
  });

  it.each([
    { name: "is logged out", said: toldTailscale("NeedsLogin"), message: "Tailscale is logged out" },
    { name: "is stopped, however quiet that is", said: toldTailscale("Stopped"), message: "Tailscale is stopped" },
    {
      name: "has a key that ended",
      said: toldTailscale("Running", { isKeyExpired: true }),
      message: "the key of this machine in the tailnet has ended",
    },
    {
      name: "has a daemon that is silent",
      said: toldFailure("tailscale", "PEER_UNREACHABLE"),
      message: "Tailscale's daemon does not answer",
    },
  ])("is False of one that $name", ({ said, message }) => {
    expect(judge(said)).toMatchObject({ status: "False", reason: "TailscaleDown", message });
  });

  it("is held while that did not last", () => {
    expect(judge(toldTailscale("NeedsLogin"), 60_000)).toMatchObject({ kind: "hold" });
  });

  it("is True while only the control plane is out of reach: it would be so of all nodes at once", () => {
    expect(judge(toldTailscale("Running", { isOnline: false }))).toMatchObject({ status: "True" });
  });

  it("is absent where no Tailscale is", () => {
    expect(judge(toldAbsent("tailscale"))).toMatchObject({ kind: "absent", text: "Tailscale is not installed" });
  });
});
