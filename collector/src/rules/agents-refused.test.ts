import { describe, expect, it } from "vitest";
import type { Intrusion } from "../state/intrusion.ts";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { reduce } from "../state/reduce.ts";
import { connectedNode, startMs } from "../test-support/states.ts";
import { agentsRefused } from "./agents-refused.ts";

const hourMs = 3_600_000;

function refused(code: string, count = 1, who = "10.0.0.9"): NodeState {
  const intrusion: Intrusion = { kind: "refused", code, who };
  const after = reduce(connectedNode(), { kind: "intruded", node: "neko", intrusion, count, atMs: startMs });
  if (after === undefined) throw new Error("the node is not known");
  return after;
}

function judge(node: NodeState, afterMs: number, listeningSinceMs = 0) {
  const [verdict] = agentsRefused.evaluate(viewNode(node, startMs + afterMs, listeningSinceMs), () => undefined);
  return verdict;
}

describe("agents-refused", () => {
  it("is content where nobody was refused", () => {
    expect(judge(connectedNode(), 0)?.kind).toBe("clear");
  });

  it.each([
    { code: "IDENTITY_MISMATCH", severity: "medium" },
    { code: "IDENTITY_REFUSED", severity: "low" },
    { code: "IDENTITY_MISSING", severity: "low" },
  ])("says who was refused: $code is $severity", ({ code, severity }) => {
    expect(judge(refused(code, 3), 1)).toMatchObject({
      kind: "raise",
      severity,
      text: `somebody wanted to speak in its name and was refused: 10.0.0.9 (${code})`,
      evidence: [{ name: "refused", value: expect.stringContaining("3 times") }],
    });
  });

  it("lets an ended token pass that is shown once, and not one that is shown again and again", () => {
    expect(judge(refused("IDENTITY_EXPIRED", 1), 1)?.kind).toBe("clear");
    expect(judge(refused("IDENTITY_EXPIRED", 3), 1)?.kind).toBe("raise");
  });

  it("is over after an hour of quiet, and leaves what stands while the collector has not listened for so long", () => {
    expect(judge(refused("IDENTITY_REFUSED"), hourMs)?.kind).toBe("clear");
    expect(judge(connectedNode(), 1, startMs)?.kind).toBe("hold");
  });
});
