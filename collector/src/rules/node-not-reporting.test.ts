import { Availability } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, disconnected, startMs } from "../test-support/states.ts";
import { nodeNotReporting } from "./node-not-reporting.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function judge(node: NodeState, silentMs: number, listeningSinceMs = 0) {
  const [verdict] = nodeNotReporting.evaluate(viewNode(node, startMs + silentMs, listeningSinceMs), () => undefined);
  return verdict;
}

function left(goodbye: string | undefined): NodeState {
  return disconnected(connectedNode(), startMs, goodbye);
}

describe("node-not-reporting", () => {
  it.each([
    { name: "is content with a node that spoke a moment ago", node: connectedNode(), silentMs: 30_000, expected: "clear" },
    { name: "waits when a word is overdue", node: connectedNode(), silentMs: 3 * minuteMs, expected: "hold" },
    { name: "waits when the stream broke a moment ago", node: left(undefined), silentMs: 10_000, expected: "hold" },
    {
      name: "speaks after five minutes, though the stream is open",
      node: connectedNode(),
      silentMs: 5 * minuteMs,
      expected: "medium",
    },
    { name: "speaks after five minutes without a stream", node: left(undefined), silentMs: 5 * minuteMs, expected: "medium" },
    {
      name: "is no more patient with an agent that was stopped",
      node: left("stopped"),
      silentMs: 5 * minuteMs,
      expected: "medium",
    },
    { name: "gives a reboot its time", node: left("reboot"), silentMs: 14 * minuteMs, expected: "hold" },
    { name: "speaks of a reboot that does not end", node: left("reboot"), silentMs: 15 * minuteMs, expected: "medium" },
    { name: "gives an upgrade its time", node: left("upgrade"), silentMs: 14 * minuteMs, expected: "hold" },
    { name: "lets a machine be off for a day", node: left("shutdown"), silentMs: 23 * hourMs, expected: "hold" },
    {
      name: "asks quietly after a machine that is off for longer",
      node: left("shutdown"),
      silentMs: 24 * hourMs,
      expected: "low",
    },
    { name: "lets a machine sleep for a day", node: left("suspend"), silentMs: 23 * hourMs, expected: "hold" },
    {
      name: "takes a goodbye that it does not know for none",
      node: left("whatever"),
      silentMs: 5 * minuteMs,
      expected: "medium",
    },
    { name: "is loud after half an hour", node: left(undefined), silentMs: 30 * minuteMs, expected: "high" },
    {
      name: "is loud of a reboot from which it did not come back",
      node: left("reboot"),
      silentMs: 30 * minuteMs,
      expected: "high",
    },
    { name: "is never loud where somebody stopped the agent", node: left("stopped"), silentMs: 48 * hourMs, expected: "medium" },
    {
      name: "is never loud of a machine that comes and goes",
      node: disconnected(connectedNode(startMs, { availability: Availability.INTERMITTENT }), startMs, undefined),
      silentMs: 48 * hourMs,
      expected: "medium",
    },
  ])("$name", ({ node, silentMs, expected }) => {
    const verdict = judge(node, silentMs);

    expect(verdict?.kind === "raise" ? verdict.severity : verdict?.kind).toBe(expected);
    expect(verdict?.subject).toEqual({ kind: "node", id: "" });
  });

  it.each(["suspend", "shutdown", "reboot", "upgrade", "stopped"])(
    "says nothing of a machine that comes and goes as its owner likes, however long, once it said goodbye (%s)",
    (goodbye) => {
      const node = connectedNode(startMs, { availability: Availability.INTERMITTENT });

      expect(judge(disconnected(node, startMs, goodbye), 90 * 24 * hourMs)?.kind).toBe("clear");
    },
  );

  it("says of such a machine that it is silent when it went without a goodbye", () => {
    const node = connectedNode(startMs, { availability: Availability.INTERMITTENT });

    expect(judge(disconnected(node, startMs, undefined), 5 * minuteMs)?.kind).toBe("raise");
  });

  it("counts no silence from before the collector listened, nor while it does not", () => {
    expect(judge(left(undefined), hourMs, startMs + hourMs - 4 * minuteMs)?.kind).toBe("hold");
    expect(judge(left(undefined), hourMs, startMs + hourMs - 5 * minuteMs)?.kind).toBe("raise");
    expect(judge(connectedNode(), hourMs, Number.POSITIVE_INFINITY)?.kind).toBe("hold");
  });

  it("stays loud over a restart of the collector, while which the silence went on", () => {
    const view = viewNode(left(undefined), startMs + 2 * hourMs, startMs + 2 * hourMs - 6 * minuteMs);
    const said = (severity: "high" | "medium") => nodeNotReporting.evaluate(view, () => aFinding({ severity }));

    expect(said("high")).toMatchObject([{ kind: "raise", severity: "high" }]);
    expect(said("medium")).toMatchObject([{ kind: "raise", severity: "medium" }]);
  });

  it("says since when, in words that do not change with every minute", () => {
    const early = judge(left("reboot"), 20 * minuteMs);
    const late = judge(left("reboot"), 40 * minuteMs);

    expect(early).toMatchObject({
      text: "it said that it reboots and did not come back, nothing was heard of it since 2026-11-22 12:00 UTC",
      evidence: [
        { name: "last_contact_at", value: "2026-11-22T12:00:00.000Z" },
        { name: "goodbye", value: "reboot" },
      ],
    });
    expect({ ...late, dependsOn: undefined }).toEqual({ ...early, dependsOn: undefined, severity: "high" });
  });
});
