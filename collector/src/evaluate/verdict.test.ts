import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, disconnected, startMs } from "../test-support/states.ts";
import { judgeNode } from "./verdict.ts";

const minuteMs = 60_000;
const firingSinceMs = Date.parse("2026-11-22T11:01:00.000Z");

function judge(findings: readonly Finding[], recoveredAtMs?: number) {
  return judgeNode(viewNode(connectedNode(), startMs), findings, recoveredAtMs);
}

describe("judgeNode", () => {
  it.each([
    { name: "nothing", findings: [], status: "ok", reason: "nothing wrong was found" },
    {
      name: "one of high severity",
      findings: [aFinding({ severity: "high", text: "/ is 96 % full" })],
      status: "failed",
      reason: "/ is 96 % full",
    },
    { name: "one of medium severity", findings: [aFinding()], status: "degraded", reason: "it is broken" },
    { name: "one of low severity", findings: [aFinding({ severity: "low" })], status: "ok", reason: "nothing wrong was found" },
    {
      name: "one that is pending",
      findings: [aFinding({ state: "pending", severity: "high" })],
      status: "ok",
      reason: "nothing wrong was found",
    },
    {
      name: "a consequence of another",
      findings: [aFinding({ suppressedBy: "x" })],
      status: "ok",
      reason: "nothing wrong was found",
    },
    {
      name: "one that stands though nothing is known now",
      findings: [aFinding({ isHeld: true })],
      status: "degraded",
      reason: "it is broken",
    },
    {
      name: "several, of which the loudest and then the oldest speaks",
      findings: [
        aFinding({ id: "a", severity: "high", text: "a", firingSince: "2026-11-22T11:05:00.000Z" }),
        aFinding({ id: "b", severity: "high", text: "b." }),
        aFinding({ id: "c", severity: "medium", text: "c", firingSince: "2026-11-22T10:00:00.000Z" }),
        aFinding({ id: "d", severity: "low", text: "d" }),
      ],
      status: "failed",
      reason: "b, and 2 more",
    },
  ])("says $status for $name", ({ findings, status, reason }) => {
    expect(judge(findings)).toMatchObject({ status, reason });
  });

  it("says since when: the first of the loudest, the last recovery, or the first word", () => {
    expect(judge([aFinding()]).sinceMs).toBe(firingSinceMs);
    expect(judge([], startMs - 5).sinceMs).toBe(startMs - 5);
    expect(judge([]).sinceMs).toBe(startMs);
  });

  it.each([
    { silentMs: 5 * minuteMs, goodbye: undefined, reason: "silent for 5 min" },
    { silentMs: 12 * minuteMs + 59_000, goodbye: undefined, reason: "silent for 12 min" },
    { silentMs: 3 * 60 * minuteMs, goodbye: "shutdown", reason: "silent for 3 h: it was shut down" },
    { silentMs: 50 * 60 * minuteMs, goodbye: "stopped", reason: "silent for 2 days: its agent was stopped" },
    { silentMs: 200_000, goodbye: "reboot", reason: "silent for 3 min: it is rebooting" },
  ])("says unknown after silence, whatever was found before: $reason", ({ silentMs, goodbye, reason }) => {
    const node = disconnected(connectedNode(), startMs, goodbye);

    const verdict = judgeNode(viewNode(node, startMs + silentMs), [aFinding({ severity: "high" })]);

    expect(verdict).toEqual({ status: "unknown", reason, sinceMs: startMs });
  });
});
