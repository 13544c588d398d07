import { Availability } from "@nodekeeper/proto";
import type { Finding, FindingAttention } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { viewNode } from "../state/node-view.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, disconnected, startMs } from "../test-support/states.ts";
import { awayText, judgeNode } from "./verdict.ts";

const minuteMs = 60_000;
const firingSinceMs = Date.parse("2026-11-22T11:01:00.000Z");

const acknowledgedAt = "2026-11-22T13:00:00.000Z";
const decision = { id: "d", kind: "acknowledge", scope: {}, by: "mika", reason: "", at: acknowledgedAt } as const;
const acknowledged: FindingAttention = { isQuiet: true, isSetAside: true, decisions: [decision] };

function judge(findings: readonly Finding[], recoveredAtMs?: number) {
  return judgeNode(viewNode(connectedNode(), startMs), findings, recoveredAtMs);
}

describe("feature 76: ok, degraded, failed, unknown and asleep: judgeNode", () => {
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
      name: "one that was acknowledged",
      findings: [aFinding({ severity: "high", attention: acknowledged })],
      status: "ok",
      reason: "nothing is wrong but what was acknowledged",
    },
    {
      name: "two that were acknowledged",
      findings: [aFinding({ id: "a", attention: acknowledged }), aFinding({ id: "b", attention: acknowledged })],
      status: "ok",
      reason: "nothing is wrong but 2 findings that were acknowledged",
    },
    {
      name: "advice that was accepted",
      findings: [aFinding({ severity: "low", attention: acknowledged })],
      status: "ok",
      reason: "nothing wrong was found",
    },
    {
      name: "one that was acknowledged, and another",
      findings: [aFinding({ id: "a", severity: "high", attention: acknowledged }), aFinding({ id: "b", text: "b" })],
      status: "degraded",
      reason: "b",
    },
    {
      name: "one that is muted",
      findings: [aFinding({ attention: { ...acknowledged, isSetAside: false } })],
      status: "degraded",
      reason: "it is broken",
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
    expect(judge([aFinding({ attention: acknowledged })], startMs - 5).sinceMs).toBe(Date.parse(acknowledgedAt));
  });

  it.each([
    { goodbye: "suspend", status: "asleep", reason: "asleep since 2026-11-22 12:00 UTC" },
    { goodbye: "shutdown", status: "asleep", reason: "switched off since 2026-11-22 12:00 UTC" },
    { goodbye: "reboot", status: "unknown", reason: "restarting since 2026-11-22 12:00 UTC" },
    { goodbye: "stopped", status: "unknown", reason: "its agent is stopped since 2026-11-22 12:00 UTC" },
    { goodbye: undefined, status: "unknown", reason: "silent for 2 h" },
  ])("says of a machine that comes and goes as its owner likes: $reason", ({ goodbye, status, reason }) => {
    const node = disconnected(connectedNode(startMs, { availability: Availability.INTERMITTENT }), startMs, goodbye);

    const verdict = judgeNode(viewNode(node, startMs + 120 * minuteMs), [aFinding({ severity: "high" })]);

    expect(verdict).toEqual({ status, reason, sinceMs: startMs });
  });

  it("says asleep from the goodbye on, and no more when it is back", () => {
    const here = connectedNode(startMs, { availability: Availability.INTERMITTENT });

    expect(judgeNode(viewNode(disconnected(here, startMs, "suspend"), startMs + 1), []).status).toBe("asleep");
    expect(judgeNode(viewNode(here, startMs + 1), []).status).toBe("ok");
  });

  it("says why one is away: from its goodbye on where its owner switches it off as they like, else after a silence", () => {
    const here = connectedNode(startMs, { availability: Availability.INTERMITTENT });

    expect(awayText(viewNode(disconnected(here, startMs, "suspend"), startMs + 1))).toMatch(/^asleep since .* UTC$/);
    expect(awayText(viewNode(disconnected(connectedNode(), startMs, "reboot"), startMs + 1))).toBeUndefined();
    expect(awayText(viewNode(disconnected(connectedNode(), startMs, "reboot"), startMs + 200_000))).toContain("silent for 3 min");
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
