import type { Finding, NodeSummary, Onboarding, StreamDelta, StreamSnapshot } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { applyMessage } from "./picture.ts";

function aNode(name: string, reason = "all is well"): NodeSummary {
  return {
    name,
    status: "ok",
    reason,
    freshness: "fresh",
    isConnected: true,
    lastContactAt: "2026-01-01T00:00:00.000Z",
    agentVersion: "0.1.0",
    findingCounts: { high: 0, medium: 0, low: 0 },
  };
}

function aFinding(id: string, state: Finding["state"]): Finding {
  return {
    id,
    rule: "disk-nearly-full",
    title: "Disk nearly full",
    severity: "medium",
    state,
    node: "neko",
    subject: { kind: "filesystem", id: "/" },
    text: "/ is 91 % full",
    action: "free some space",
    evidence: [],
    pendingSince: "2026-01-01T00:00:00.000Z",
    isHeld: false,
  };
}

const snapshot: StreamSnapshot = {
  type: "snapshot",
  stream: "s",
  version: 4,
  nodes: [aNode("neko"), aNode("bobcat")],
  findings: [aFinding("f", "firing")],
};

function delta(changes: Partial<StreamDelta>): StreamDelta {
  return { type: "delta", stream: "s", version: 5, nodes: [], removedNodes: [], findings: [], ...changes };
}

describe("applyMessage", () => {
  it("starts with a snapshot, and forgets what was before", () => {
    const before = applyMessage(undefined, { ...snapshot, nodes: [aNode("gone")] });

    const picture = applyMessage(before, snapshot);

    expect([...picture.nodes.keys()]).toEqual(["neko", "bobcat"]);
    expect(picture.version).toBe(4);
  });

  it("replaces, adds and removes nodes by a delta, and leaves the picture before as it was", () => {
    const before = applyMessage(undefined, snapshot);

    const picture = applyMessage(
      before,
      delta({ nodes: [aNode("neko", "changed"), aNode("panther")], removedNodes: ["bobcat"] }),
    );

    expect([...picture.nodes.keys()]).toEqual(["neko", "panther"]);
    expect(picture.nodes.get("neko")?.reason).toBe("changed");
    expect(before.nodes.get("neko")?.reason).toBe("all is well");
  });

  it("drops a finding that is resolved", () => {
    const picture = applyMessage(
      applyMessage(undefined, snapshot),
      delta({ findings: [aFinding("f", "resolved"), aFinding("g", "pending")] }),
    );

    expect([...picture.findings.keys()]).toEqual(["g"]);
  });

  it("keeps machines on their way, and remembers whose name nobody bears any more", () => {
    const machine = (node: string): Onboarding => ({ node, machineId: "", state: "onboarding", startedAt: "", steps: [] });
    const before = applyMessage(undefined, { ...snapshot, onboardings: [machine("lynx"), machine("puma")] });

    const same = applyMessage(before, delta({ nodes: [aNode("neko", "changed")] }));
    const picture = applyMessage(before, delta({ onboardings: [machine("marten")], removedOnboardings: ["puma"] }));

    expect(same.onboardings).toBe(before.onboardings);
    expect([...picture.onboardings].map(([node, told]) => [node, told?.node])).toEqual([
      ["lynx", "lynx"],
      ["puma", undefined],
      ["marten", "marten"],
    ]);
  });
});
