import { describe, expect, it } from "vitest";
import type { Intrusion } from "../state/intrusion.ts";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { reduce } from "../state/reduce.ts";
import { connectedNode, startMs } from "../test-support/states.ts";
import { identityCloned } from "./identity-cloned.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const clone: Intrusion = { kind: "cloned", code: "IDENTITY_CLONED", who: "10.0.0.9, machine-id 2222" };

function seen(node: NodeState, intrusion: Intrusion, count: number, afterMs: number): NodeState {
  const after = reduce(node, { kind: "intruded", node: node.name, intrusion, count, atMs: startMs + afterMs });
  if (after === undefined) throw new Error("the node is not known");
  return after;
}

function judge(node: NodeState, afterMs: number, listeningSinceMs = 0) {
  const [verdict] = identityCloned.evaluate(viewNode(node, startMs + afterMs, listeningSinceMs), () => undefined);
  return verdict;
}

describe("identity-cloned", () => {
  it("is content with a node that was seen once", () => {
    expect(judge(connectedNode(), minuteMs)?.kind).toBe("clear");
  });

  it("says who was seen, how often and when last", () => {
    const node = seen(seen(connectedNode(), clone, 1, 0), clone, 4, minuteMs);

    expect(judge(node, 2 * minuteMs)).toMatchObject({
      kind: "raise",
      text: "a second machine has its identity: 10.0.0.9, machine-id 2222",
      evidence: [{ name: "seen", value: expect.stringContaining("5 times, last 2026-11-22T12:01") }],
    });
  });

  it("is over when it was quiet for an hour, and not before", () => {
    const node = seen(connectedNode(), clone, 1, 0);

    expect(judge(node, hourMs - 1)?.kind).toBe("raise");
    expect(judge(node, hourMs)?.kind).toBe("clear");
  });

  it("leaves what stands while the collector has not listened for an hour", () => {
    expect(judge(connectedNode(), minuteMs, startMs)?.kind).toBe("hold");
  });

  it("remembers a bounded number of machines", () => {
    let node = connectedNode();
    for (let index = 0; index < 100; index += 1) node = seen(node, { ...clone, who: `10.0.0.${index}` }, 1, index);

    expect(node.intrusions).toHaveLength(8);
    expect(node.intrusions[0]?.who).toBe("10.0.0.99");
  });

  it("is not made forgotten by strangers who try again and again", () => {
    let node = seen(connectedNode(), clone, 1, 0);
    for (let index = 0; index < 100; index += 1)
      node = seen(node, { kind: "refused", code: "IDENTITY_MISSING", who: `10.0.0.${index}` }, 1, index);

    expect(judge(node, minuteMs)?.kind).toBe("raise");
    expect(node.intrusions).toHaveLength(9);
  });

  it("does not mind those that were refused for another reason", () => {
    const node = seen(connectedNode(), { ...clone, kind: "refused", code: "IDENTITY_REFUSED" }, 9, 0);

    expect(judge(node, minuteMs)?.kind).toBe("clear");
  });
});
