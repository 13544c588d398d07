import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { findingHandle } from "../finding-handle.ts";
import { createTerminal } from "../terminal.ts";
import { renderFindings } from "./findings.ts";

const nowMs = Date.UTC(2026, 10, 23, 12);

function aFinding(overrides: Partial<Finding>): Finding {
  return {
    ...{ id: "1", rule: "disk-worn", title: "Disk is worn", severity: "medium", state: "firing", node: "neko" },
    ...{ subject: { kind: "disk", id: "sda" }, text: "sda is worn", action: "Replace it.", evidence: [], isHeld: false },
    ...{ pendingSince: "2026-11-23T11:00:00.000Z", firingSince: "2026-11-23T11:00:00.000Z" },
    ...overrides,
  };
}

describe("renderFindings", () => {
  const terminal = createTerminal({ isTerminal: false, columns: undefined, env: {} });

  it("names the node of each, and the cluster where a finding is of none", () => {
    const ofCluster = aFinding({ id: "2", rule: "etcd-quorum", severity: "high", node: "", text: "etcd has two members" });

    expect(renderFindings(terminal, [aFinding({}), ofCluster], nowMs, true).split("\n")).toEqual([
      `high    ${findingHandle("2")}  cluster  etcd has two members (etcd-quorum, for 1 h)`,
      "                Replace it.",
      `medium  ${findingHandle("1")}  neko  sda is worn (disk-worn, for 1 h)`,
      "                Replace it.",
    ]);
  });

  it("puts consequences in a line each below their cause, also of a cause that is not shown", () => {
    const consequence = aFinding({ id: "2", severity: "high", rule: "disk-missing", text: "sda is gone", suppressedBy: "1" });
    const elsewhere = aFinding({ id: "3", rule: "tailscale-down", text: "the tailnet is down", suppressedBy: "9" });

    expect(renderFindings(terminal, [consequence, aFinding({}), elsewhere], nowMs, false).split("\n")).toEqual([
      `medium  ${findingHandle("1")}  sda is worn (disk-worn, for 1 h)`,
      "                Replace it.",
      `high    ${findingHandle("2")}  sda is gone (disk-missing, a consequence of ${findingHandle("1")})`,
      `medium  ${findingHandle("3")}  the tailnet is down (tailscale-down, a consequence of ${findingHandle("9")})`,
    ]);
  });

  it("says of each kind of decision the one that lasts longest, and until when", () => {
    const mute = { id: "d", kind: "mute", scope: {}, by: "mika", reason: "", at: "2026-11-23T10:00:00.000Z" } as const;
    const decisions = [
      { ...mute, until: "2026-11-23T13:00:00.000Z" },
      { ...mute, by: "ada", until: "2026-11-23T20:00:00.000Z" },
    ];
    const muted = aFinding({ attention: { isQuiet: true, isSetAside: false, decisions } });

    expect(renderFindings(terminal, [muted], nowMs, false).split("\n").at(-1)).toBe(
      "                muted by ada 2 h ago, ends in 8 h",
    );
  });

  it("says what somebody decided, who and why", () => {
    const decision = {
      id: "d",
      kind: "acknowledge",
      scope: {},
      by: "mika",
      reason: "a new one is ordered",
      at: "2026-11-23T10:00:00.000Z",
    } as const;
    const attention = { isQuiet: true, isSetAside: true, decisions: [decision] };

    expect(
      renderFindings(terminal, [aFinding({ attention })], nowMs, false)
        .split("\n")
        .at(-1),
    ).toBe("                acknowledged by mika 2 h ago: a new one is ordered");
  });
});
